import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import {
	CONTINUE,
	numberedItems,
	runChatGpt,
	userMessage,
	type ChatGptRun,
	onlyItem,
	readAlong,
} from '../../support/chatGptRun';
import {
	callingTools,
	fail,
	messageLog,
	ok,
	type ModelCall,
	type RecordedRequest,
} from '../../support/faultServer';
import { sessions } from '../../support/memoryNode';
import { called, toolNode } from '../../support/toolNodes';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();
beforeEach(() => {
	called.length = 0;
	sessions.clear();
});

const weather = toolNode('weather');
const run = (more: ChatGptRun = {}) => runChatGpt(server, { tools: [weather], ...more });
const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);
const messagesOf = ({ body }: RecordedRequest) =>
	body.messages as Array<{ role: string; content: string | null }>;
/** Lets the server play a model that calls tools first, by the question, and then says what they said. */
const playToolCalls = (of: (question: string) => ModelCall[], text?: string) =>
	server.behave((request) => {
		const messages = messagesOf(request);
		const said = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
		if (said.length > 0) return ok({ text: said.join(', ') });
		return callingTools(of(messages.findLast(({ role }) => role === 'user')!.content!), {
			text,
			latencyMs: 10,
		});
	});
const callWeatherOnce = () => playToolCalls((question) => [['weather', { of: question }]]);

describe('connected tools', () => {
	test('connected tools are described to the model and called, and their calls are in the output', async () => {
		callWeatherOnce();
		const { output, error } = await run({ items: numberedItems(2) });
		expect(error).toBeUndefined();
		expect(server.lastRequest().body.tools).toEqual([
			{
				type: 'function',
				function: {
					name: 'weather',
					description: 'Does ',
					parameters: { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] },
				},
			},
		]);
		expect(jsonOf(output('ChatGPT'))).toMatchObject(
			['Question 0', 'Question 1'].map((question) => ({
				text: `weather of ${question}`,
				finishReason: 'stop',
				toolCalls: [
					{ id: 'call_1', name: 'weather', arguments: { of: question }, result: `weather of ${question}` },
				],
				attempts: 2,
				usage: { promptTokens: expect.any(Number) },
				warnings: [],
			})),
		);
	});

	test('without tools, nothing about tools is sent, and the output has no field for them', async () => {
		const item = onlyItem(await run({ tools: [] }));
		expect(Object.keys(server.lastRequest().body as object)).toEqual(['model', 'messages']);
		expect(item).not.toHaveProperty('toolCalls');
	});

	test('tool calls are in the conversation of the output, which can be continued', async () => {
		callWeatherOnce();
		const item = onlyItem(await run({ options: { includeConversation: true } }));
		const { conversation } = item;
		expect((conversation as IDataObject[]).map(({ role }) => role)).toEqual([
			'user',
			'assistant',
			'tool',
			'assistant',
		]);
		server.behave(() => ok());
		await run({
			tools: [],
			items: [{ json: { conversation } }],
			parameters: {
				messagesSource: 'both',
				messagesJson: '={{ $json.conversation }}',
				messages: userMessage('Thanks'),
			},
		});
		expect(messageLog(server.lastRequest())).toEqual([
			'user: Question 0',
			'assistant: weather({"of":"Question 0"})',
			'tool: weather of Question 0',
			'assistant: weather of Question 0',
			'user: Thanks',
		]);
	});

	test('a memory gets question and reply without the tool calls between them', async () => {
		callWeatherOnce();
		await run({ memory: { sessionKey: 'a' } });
		expect(sessions.get('a')).toEqual(['human: Question 0', 'ai: weather of Question 0']);
	});

	test.each([
		['throw', 'The tool broke'],
		['say', 'The node broke'],
	])('the tool %s tells the model that it failed, and the item is answered', async (name, message) => {
		const tool =
			name === 'throw'
				? toolNode('throw', { does: 'throw' })
				: toolNode('say', { text: "={{ $fromAI('of', '', 'string') }}" }, 'sayTool');
		playToolCalls(() => [[name, { of: 'broken' }]]);
		const { output, error } = await run({ tools: [tool] });
		expect(error).toBeUndefined();
		expect(onlyItem({ output })).toMatchObject({
			text: `Error: ${message}`,
			toolCalls: [{ name, error: message }],
		});
	});

	test('simple tools, several tools from one node and ordinary nodes are called alike', async () => {
		playToolCalls(() => [
			['simple', { input: 'a' }],
			['second', { of: 'b' }],
			['say', { of: 'c' }],
		]);
		const item = onlyItem(
			await run({
				tools: [
					toolNode('simple', { does: 'simple' }),
					toolNode('kit', { does: 'toolkit' }),
					toolNode('say', { text: "={{ $fromAI('of', 'What to say', 'string') }}" }, 'sayTool'),
				],
			}),
		);
		expect(item.text).toBe('Text a, second of b, [{"text":"c"}]');
	});

	test('a tool that many items call at the same time gets the arguments of each', async () => {
		playToolCalls((question) => [
			['say', { of: `${question} a` }],
			['say', { of: `${question} b` }],
		]);
		const say = toolNode('say', { text: "={{ $fromAI('of', '', 'string') }}" }, 'sayTool');
		const { output } = await run({ tools: [say], items: numberedItems(20) });
		expect(server.stats.maxInFlight).toBeGreaterThan(1);
		expect(jsonOf(output('ChatGPT')).map(({ text }) => text)).toEqual(
			Array.from({ length: 20 }, (_, n) => `[{"text":"Question ${n} a"}], [{"text":"Question ${n} b"}]`),
		);
	});

	test('the settings of a tool are read from the item that calls it', async () => {
		playToolCalls((question) => [
			['say', { of: question }],
			['weather', { of: question }],
		]);
		const text = "={{ $json.number }}: {{ $fromAI('of', '', 'string') }}";
		const { output } = await run({
			tools: [toolNode('say', { text }, 'sayTool'), toolNode('weather', { says: '={{ $json.number }}' })],
			items: numberedItems(5),
		});
		expect(jsonOf(output('ChatGPT')).map(({ text }) => text)).toEqual(
			Array.from({ length: 5 }, (_, n) => `[{"text":"${n}: Question ${n}"}], ${n} of Question ${n}`),
		);
	});

	test('after Max Tool Rounds the model must answer without tools', async () => {
		server.behave(({ body }) =>
			body.tool_choice === 'none' ? ok({ text: 'Enough' }) : callingTools([['weather', { of: 'x' }]]),
		);
		const item = onlyItem(await run({ options: { maxToolRounds: 2 } }));
		expect(called).toHaveLength(2);
		expect(item).toMatchObject({
			text: 'Enough',
			attempts: 3,
			warnings: [{ feature: 'maxToolRounds' }],
		});
	});

	test('tools can be called before a reply in JSON', async () => {
		server.behave((request) =>
			messagesOf(request).length === 1
				? callingTools([['weather', { of: 'JSON' }]], { text: 'Let me see.' })
				: ok({ text: '{"sunny": true}' }),
		);
		const item = onlyItem(
			await run({
				parameters: { responseFormat: 'jsonObject', messages: userMessage('As JSON') },
			}),
		);
		expect(item).toMatchObject({ json: { sunny: true }, toolCalls: [{}] });
	});

	test('the error of a failed later round tells what tools have done', async () => {
		server.behave((request) =>
			messagesOf(request).length === 1 ? callingTools([['weather', { of: 'x' }]]) : fail({ status: 400 }),
		);
		const item = onlyItem(await run({ node: CONTINUE }));
		expect(item).toMatchObject({
			error: expect.any(String),
			details: { toolCalls: [{ name: 'weather', result: 'weather of x' }], usage: expect.any(Object) },
		});
	});

	test('tools act for each item, even if replies come from the cache', async () => {
		callWeatherOnce();
		const items = [0, 1].map(() => ({ json: { question: 'Same for all' } }));
		const options = { cacheReplies: 60, maxConcurrentRequests: 1 };
		const { output } = await run({ items, options });
		expect(server.stats.requests).toBe(2);
		expect(called).toHaveLength(2);
		expect(jsonOf(output('ChatGPT'))).toMatchObject([
			{ attempts: 2 },
			{ cached: true, attempts: 0, costUsd: 0, toolCalls: [{ result: 'weather of Same for all' }] },
		]);
	});

	test('tools do not act again for an item that was answered before Retry On Fail', async () => {
		let failures = 0;
		server.behave((request) => {
			const [{ content } = { content: '' }, ...more] = messagesOf(request);
			if (content === 'Question 1' && failures++ === 0) return fail({ status: 400 });
			return more.length > 0
				? ok({ latencyMs: 30 })
				: callingTools([['weather', { of: content! }]], { latencyMs: 30 });
		});
		const { output, error } = await run({
			items: numberedItems(2),
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(error).toBeUndefined();
		expect(output('ChatGPT')).toHaveLength(2);
		// The second round of the first item came after the failure.
		expect(called.filter((call) => call.endsWith('Question 0'))).toHaveLength(1);
	});
});

test('a model that cannot answer is not asked again in the next round, and what fell back is not cached', async () => {
	const options = { fallbackModels: ['gpt-5', 'gpt-4o'], maxRetries: 0, cacheReplies: 60 };
	server.behave(({ body }) => {
		if (body.model === 'gpt-4.1-mini') return fail({ status: 503 });
		return body.messages.length === 1 ? callingTools([['weather', { of: 'Rome' }]]) : ok({ text: 'Fine' });
	});
	const modelsAsked = () => server.requests.map(({ body }) => body.model as string);
	const item = onlyItem(await run({ options }));
	expect(item).toMatchObject({ text: 'Fine', attempts: 3 });
	expect(modelsAsked()).toEqual(['gpt-4.1-mini', 'gpt-5', 'gpt-5']);
	callWeatherOnce();
	await run({ options });
	expect(modelsAsked().slice(3)).toEqual(['gpt-4.1-mini', 'gpt-4.1-mini']);
});

const hanging = { tools: [toolNode('weather', { does: 'hang' })] };

test('Stop does not wait for a tool', async () => {
	callWeatherOnce();
	const stopped = await run({
		...hanging,
		onStart: ({ cancel }) => {
			void until('the tool is called', () => called.length === 1).then(cancel);
		},
	});
	expect(stopped.run.finished).toBe(false);
	expect(called).toHaveLength(1);
});

test('Timeout Whole Item counts the time of tools', async () => {
	callWeatherOnce();
	const json = onlyItem(await run({ ...hanging, node: CONTINUE, options: { itemTimeout: 2 } }));
	expect(json).toMatchObject({
		error: 'No reply came within the time allowed for the whole item',
		// The tool may have done something by then.
		details: { toolCalls: [{ name: 'weather', round: 1 }], usage: { promptTokens: expect.any(Number) } },
	});
});

test('a caller gets the text of all rounds as one reply, in paragraphs', async () => {
	const caller = readAlong();
	playToolCalls(() => [['weather', { of: 'x' }]], 'Let me see.');
	await run({ onChunk: caller.onChunk });
	const types = caller.chunks.map(({ type }) => type);
	expect([types[0], types.at(-1)]).toEqual(['begin', 'end']);
	expect(types.filter((type) => type !== 'item')).toHaveLength(2);
	expect(caller.text()).toBe('Let me see.\n\nweather of x');
	expect(server.requests.map(({ body }) => body.stream as unknown)).toEqual([true, true]);
});

test('a caller gets only the JSON of a reply in JSON with tool calls', async () => {
	const caller = readAlong();
	server.behave((request) =>
		messagesOf(request).length === 1
			? callingTools([['weather', { of: 'JSON' }]], { text: 'Let me see.' })
			: ok({ text: '{"sunny": true}' }),
	);
	await run({
		onChunk: caller.onChunk,
		parameters: { responseFormat: 'jsonObject', messages: userMessage('As JSON') },
	});
	expect(caller.text()).toBe('{"sunny": true}');
});

describe('described tools', () => {
	const book = {
		name: 'book',
		description: 'Books a flight',
		parameters: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] },
	};
	const tools = JSON.stringify([book]);

	test.each<[string, unknown]>([
		['bare, as text', tools],
		['in the form of the API, as a list', [{ type: 'function', function: book }]],
		['in the form of the Responses API', [{ type: 'function', ...book }]],
	])('described tools are sent %s, and their calls are in the output for the workflow', async (_, given) => {
		server.behave(() =>
			callingTools([
				['book', { to: 'Rome' }],
				['book', {}],
			]),
		);
		const item = onlyItem(await run({ tools: [], options: { tools: given as string } }));
		expect(server.lastRequest().body.tools).toEqual([{ type: 'function', function: book }]);
		expect(item).toMatchObject({
			text: '',
			finishReason: 'tool_calls',
			toolCalls: [
				{ id: 'call_1', name: 'book', arguments: { to: 'Rome' } },
				{ id: 'call_2', name: 'book', arguments: {}, error: expect.stringContaining('"to"') },
			],
		});
	});

	test('a connected tool is called, and the call of a described one is left to the workflow', async () => {
		server.behave(() =>
			callingTools([
				['weather', { of: 'Rome' }],
				['book', { to: 'Rome' }],
			]),
		);
		const item = onlyItem(await run({ options: { tools, includeConversation: true } }));
		const { toolCalls, conversation } = item;
		expect(toolCalls).toMatchObject([{ result: 'weather of Rome' }, { name: 'book' }]);
		// What is left to add is the result of the other call.
		expect((conversation as IDataObject[]).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
	});

	test('the tools of Extra Body are sent with the connected ones', async () => {
		callWeatherOnce();
		await run({
			options: {
				extraBody: JSON.stringify({ tools: [{ type: 'function', function: book }], tool_choice: 'auto' }),
			},
		});
		const { tools: sent, tool_choice: choice } = server.lastRequest().body as {
			tools: Array<{ function: { name: string } }>;
			tool_choice: unknown;
		};
		expect([sent.map((tool) => tool.function.name), choice]).toEqual([['book', 'weather'], 'auto']);
	});

	test('Tool Choice and Parallel Tool Calls are sent with the tools', async () => {
		const send = (toolChoice: string) => run({ options: { toolChoice, parallelToolCalls: false } });
		await send('required');
		await send('=weather');
		expect(server.requests.map(({ body }) => body as IDataObject)).toMatchObject([
			{ tool_choice: 'required', parallel_tool_calls: false },
			{ tool_choice: { type: 'function', function: { name: 'weather' } }, parallel_tool_calls: false },
		]);
	});

	test.each<[string, ChatGptRun, string]>([
		['no JSON', { options: { tools: '[{' } }, 'Tools must be a JSON list of tools'],
		['no list', { options: { tools: '{}' } }, 'Tools must be a JSON list of tools'],
		['no object', { options: { tools: '[4]' } }, 'Tools, tool 1 must be an object, but is 4'],
		['no name', { options: { tools: '[{}]' } }, 'letters, digits, _ and -, but has none'],
		['a bad name', { options: { tools: '[{"name":"get weather"}]' } }, 'but has "get weather"'],
		['one name twice', { options: { tools: '[{"name":"a"},{"name":"a"}]' } }, 'has two tools named a'],
		[
			'the name of a connected one',
			{ options: { tools: '[{"name":"weather"}]' } },
			'two tools named weather',
		],
		['a description of numbers', { options: { tools: '[{"name":"a","description":4}]' } }, '"description"'],
		[
			'a tool of the provider',
			{ options: { tools: '[{"type":"web_search"}]' } },
			'is of the type "web_search", but only functions',
		],
		[
			'a schema under another name',
			{ options: { tools: '[{"name":"a","inputSchema":{}}]' } },
			'(a) has "inputSchema", which this API calls "parameters"',
		],
		[
			'a schema of a list',
			{ options: { tools: '[{"name":"a","parameters":{"type":"array"}}]' } },
			'(a) has "parameters" of the type "array"',
		],
		['no schema', { options: { tools: '[{"name":"a","parameters":4}]' } }, 'no JSON Schema'],
		[
			'a wrong schema',
			{ options: { tools: '[{"name":"a","parameters":{"type":"objekt"}}]' } },
			'(a) has "parameters" in which the schema has the type "objekt"',
		],
		[
			'a schema that is not strict',
			{ options: { tools: '[{"name":"a","strict":true,"parameters":{"type":"object","properties":{}}}]' } },
			'(a) has "parameters" in which the schema',
		],
		[
			'an unknown choice',
			{ options: { toolChoice: '=time' } },
			'There is no tool named "time"; there are weather',
		],
		['a choice without tools', { tools: [], options: { toolChoice: 'auto' } }, 'but there are no tools'],
		[
			'parallel calls without tools',
			{ tools: [], options: { parallelToolCalls: true } },
			'there are no tools',
		],
		[
			'no round',
			{ options: { maxToolRounds: 0 } },
			'Max Tool Rounds must be a whole number between 1 and 100',
		],
		['several choices', { options: { n: 2 } }, 'Number of Choices must be 1 when tools are connected'],
		[
			'two nodes of one name',
			{ tools: [weather, toolNode('b', { as: 'weather' })] },
			'two tools named weather',
		],
		['a node of a bad name', { tools: [toolNode('b', { as: 'Wie geht’s?' })] }, 'is named "Wie geht’s?"'],
		['a node that asks a person', { tools: [toolNode('b', { does: 'review' })] }, 'waits for a human review'],
		['a node not set up', { tools: [toolNode('b', { does: 'fail' })] }, 'The tool is not set up'],
	])('tools fail with a hint before anything is sent, given %s', async (_, more, message) => {
		const item = onlyItem(await run({ ...more, node: CONTINUE }));
		expect(item.error).toContain(message);
		expect((item.details as IDataObject).hint).toBeTruthy();
		expect(server.stats.requests).toBe(0);
	});
});
