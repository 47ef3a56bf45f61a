import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatRequest } from '../../../client/core/requests';
import type { CallOptions } from '../../../client/call';
import type { CallableTool } from '../../../client/core/toolCall';
import { definitionOf } from '../../../client/tools/tools';
import { behaveInTurn } from '../../support/behaveInTurn';
import { connect, failureOf, options, request } from '../../support/clientCalls';
import { callingTools, fail, messageLog, ok, type Behaviour } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';
import { inCity, weatherTool } from '../../support/weatherTool';

const server = useFaultServer();

/** A tool with the parameters of `weatherTool`. */
const tool = (name: string, call: CallableTool['call']): CallableTool => ({ ...weatherTool, name, call });

interface Loop {
	tools?: CallableTool[];
	maxRounds?: number;
	signal?: AbortSignal;
	/** Of the request. */
	more?: Partial<ChatRequest>;
	call?: Partial<CallOptions>;
}

/** Asks the server about the weather, with the tools offered. */
function ask({ tools = [weatherTool], maxRounds = 10, signal, more = {}, call = {} }: Loop = {}) {
	const client = connect(server);
	const described = (more.tools ?? []) as object[];
	const given = { ...request('Weather?'), ...more, tools: [...described, ...tools.map(definitionOf)] };
	const calling = { tools: { callable: tools, maxRounds }, abortSignal: signal };
	return client.completeChat(given, options({ ...calling, ...call }));
}

/** What the model does in each round. */
const rounds = (...behaviours: Behaviour[]) => behaveInTurn(server, ...behaviours);
const lastLog = () => messageLog(server.lastRequest());
const lastMessages = () => (server.lastRequest().body as ChatRequest).messages;
/** Any JSON object is asked for; OpenAI wants the word in the messages then. */
const ASK_FOR_JSON: Partial<ChatRequest> = {
	response_format: { type: 'json_object' },
	messages: [{ role: 'user', content: 'JSON' }],
};
const USAGE = { prompt_tokens: 10, completion_tokens: 5 };

test('the results of each round go to the model, and the reply lists the calls of all rounds', async () => {
	rounds(
		callingTools([inCity('Paris')], { text: 'First Paris.' }),
		callingTools([inCity('Rome')]),
		ok({ text: 'Sunny in both.' }),
	);
	const result = await ask();
	expect(lastLog()).toEqual([
		'user: Weather?',
		'assistant: First Paris. weather({"city":"Paris"})',
		'tool: Sunny in Paris',
		'assistant: weather({"city":"Rome"})',
		'tool: Sunny in Rome',
	]);
	expect(result.choices).toMatchObject([
		{
			text: 'Sunny in both.',
			finishReason: 'stop',
			toolCalls: [
				{ name: 'weather', arguments: { city: 'Paris' }, result: 'Sunny in Paris', round: 1 },
				{ name: 'weather', arguments: { city: 'Rome' }, result: 'Sunny in Rome', round: 2 },
			],
		},
	]);
	expect(result.exchange).toEqual(lastMessages().slice(1));
	expect(result.warnings).toEqual([]);
});

test('a reply without calls is returned after one request', async () => {
	const { choices, exchange, requestCount } = await ask();
	expect([choices[0].text, choices[0].toolCalls, exchange, requestCount]).toEqual([
		'Reply to: Weather?',
		undefined,
		[],
		1,
	]);
});

test('the calls of one reply are made at the same time, and answered in their order', async () => {
	let running = 0;
	let most = 0;
	const slow = tool('weather', async ({ city }) => {
		most = Math.max(most, ++running);
		// The first takes longest.
		await sleep(city === 'Paris' ? 60 : 10);
		running--;
		return city;
	});
	rounds(callingTools([inCity('Paris'), inCity('Rome'), inCity('Oslo')]), ok());
	const { choices } = await ask({ tools: [slow] });
	expect(most).toBe(3);
	expect(lastLog().slice(2)).toEqual(['tool: Paris', 'tool: Rome', 'tool: Oslo']);
	expect(choices[0].toolCalls).toHaveLength(3);
});

describe('what is wrong with a call goes back to the model', () => {
	const told = async (calls: Parameters<typeof callingTools>[0], tools: CallableTool[]) => {
		rounds(callingTools(calls), ok({ text: 'I see.' }));
		const { choices } = await ask({ tools });
		expect(choices[0].text).toBe('I see.');
		const { error } = choices[0].toolCalls![0]!;
		expect(lastLog().at(-1)).toBe(`tool: Error: ${error}`);
		return error;
	};
	const never = tool('weather', () => {
		throw new Error('must not be called');
	});

	test('the error of a tool goes back to the model', async () => {
		const broken = tool('weather', () => Promise.reject(new Error('No such city')));
		expect(await told([inCity('X')], [broken])).toBe('No such city');
	});

	test('what a tool throws at once goes back to the model, even if it is no error', async () => {
		const broken = tool('weather', () => {
			// eslint-disable-next-line @typescript-eslint/only-throw-error -- some tools do
			throw 'Nonsense';
		});
		expect(await told([inCity('X')], [broken])).toBe('Nonsense');
	});

	test('a long error of a tool goes back to the model shortened', async () => {
		const broken = tool('weather', () => Promise.reject(new Error('x'.repeat(5000))));
		expect(await told([inCity('X')], [broken])).toHaveLength(1001);
	});

	test('a tool that the model made up goes back to it with the names of those there are', async () => {
		expect(await told([['teleport', {}]], [never, tool('time', () => Promise.resolve(''))])).toBe(
			'There is no tool named "teleport". Available tools: weather, time',
		);
	});

	test.each([
		['{"city": "Par', 'The arguments cannot be read: its JSON ends in the middle'],
		['Paris', 'The arguments cannot be read: the text holds no JSON'],
		['["Paris"]', 'The arguments are no JSON object'],
		['{"town": "Paris"}', 'The arguments do not follow the parameters of the tool (the arguments: lacks the'],
		['', 'The arguments do not follow the parameters of the tool (the arguments: lacks the'],
		['{"city": 4}', 'city: the value type "number" is invalid'],
	])('the arguments %j go back to the model with what is wrong', async (given, problem) => {
		expect(await told([['weather', given]], [never])).toContain(problem);
	});

	test('a call that cannot be made does not hinder the other calls of the reply', async () => {
		rounds(callingTools([['teleport', {}], inCity('Rome')]), ok());
		const { choices } = await ask();
		expect(choices[0].toolCalls).toMatchObject([{ error: expect.any(String) }, { result: 'Sunny in Rome' }]);
	});
});

test('arguments with small mistakes are mended, and a warning says so', async () => {
	rounds(callingTools([['weather', "{'city': 'Paris',}"]]), ok());
	const { choices, warnings } = await ask();
	expect(choices[0].toolCalls).toMatchObject([{ arguments: { city: 'Paris' }, result: 'Sunny in Paris' }]);
	expect(warnings).toEqual([{ feature: 'tools', message: expect.stringContaining('were mended') }]);
});

test('a result that is no text is sent as JSON', async () => {
	rounds(callingTools([inCity('Paris'), inCity('Rome')]), ok());
	const odd = tool('weather', ({ city }) => Promise.resolve(city === 'Paris' ? { degrees: 20 } : undefined));
	await ask({ tools: [odd] });
	expect(lastLog().slice(2)).toEqual(['tool: {"degrees":20}', 'tool: ']);
});

test('a message with calls goes back as the API sent it, signatures and thoughts included', async () => {
	const call = {
		id: 'call_1',
		type: 'function',
		function: { name: 'weather', arguments: '{"city": "Paris" }' },
		extra_content: { google: { thought_signature: 'abc' } },
	};
	const message = { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call] };
	rounds(ok({ body: { choices: [{ index: 0, message, finish_reason: 'tool_calls' }] } }), ok());
	await ask();
	const [, echoed, result] = lastMessages();
	expect(echoed).toEqual(message);
	expect(result).toEqual({ role: 'tool', tool_call_id: 'call_1', content: 'Sunny in Paris' });
});

test('a call without an ID gets one, and its result names it', async () => {
	const call = { type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } };
	const message = { role: 'assistant', content: null, tool_calls: [call, { ...call, id: '' }] };
	rounds(ok({ body: { choices: [{ index: 0, message, finish_reason: 'stop' }] } }), ok());
	await ask();
	const [, echoed, ...results] = lastMessages();
	const ids = (echoed!.tool_calls as Array<{ id: string }>).map(({ id }) => id);
	expect(results.map((result) => result.tool_call_id)).toEqual(ids);
	expect(new Set(ids).size).toBe(2);
	expect(ids[0]).toMatch(/^call_/);
});

test('after the most rounds allowed the model has to answer, and a warning says so', async () => {
	server.behave(({ body }) =>
		body.tool_choice === 'none' ? ok({ text: 'Enough.' }) : callingTools([inCity('Paris')]),
	);
	const { choices, warnings } = await ask({ maxRounds: 3 });
	expect(server.requests.map(({ body }) => (body as ChatRequest).tool_choice)).toEqual([
		undefined,
		undefined,
		undefined,
		'none',
	]);
	expect(choices[0]).toMatchObject({ text: 'Enough.', toolCalls: [{}, {}, {}] });
	expect(warnings).toEqual([
		{ feature: 'maxToolRounds', message: expect.stringContaining('called tools in 3 rounds') },
	]);
});

describe('a model that calls tools even when it has to answer gets no further round', () => {
	test('what the model says besides forbidden calls is its answer', async () => {
		rounds(callingTools([inCity('Paris')], { text: 'Let me see.' }));
		const { choices } = await ask({ maxRounds: 1 });
		expect(server.stats.requests).toBe(2);
		expect(choices[0]).toMatchObject({
			text: 'Let me see.',
			toolCalls: [{ result: 'Sunny in Paris' }, { round: 2 }],
		});
		expect(choices[0].toolCalls![1]).not.toHaveProperty('result');
	});

	test.each<[string, string | undefined, Loop]>([
		['nothing', undefined, {}],
		['no JSON where JSON is due', 'Let me see.', { more: { response_format: { type: 'json_object' } } }],
	])('%s besides forbidden calls is a failure, with what was paid and called', async (_, text, loop) => {
		rounds(callingTools([inCity('Paris')], { text, usage: USAGE }));
		const failure = await failureOf(ask({ maxRounds: 1, ...loop, call: { json: { repairAttempts: 1 } } }));
		expect(server.stats.requests).toBe(2);
		expect(failure).toMatchObject({
			kind: 'invalid_json',
			attempts: [{ status: 200, code: 'ONLY_TOOL_CALLS' }],
			details: {
				usage: { promptTokens: 20, completionTokens: 10 },
				toolCalls: [{ result: 'Sunny in Paris' }, { round: 2 }],
			},
		});
	});
});

test.each([
	['required', 'the first round only'],
	[{ type: 'function', function: { name: 'weather' } }, 'the first round only'],
	[{ type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [] } }, 'the first round only'],
	[{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }, 'every round'],
	['auto', 'every round'],
])('the tool choice %j is sent in %s', async (choice, sentIn) => {
	rounds(callingTools([inCity('Paris')]), ok());
	await ask({ more: { tool_choice: choice } });
	const [first, second] = server.requests.map(({ body }) => (body as ChatRequest).tool_choice);
	expect(first).toEqual(choice);
	expect(second).toEqual(sentIn === 'every round' ? choice : undefined);
});

describe('a tool that is only described', () => {
	const described = definitionOf(tool('book', () => Promise.reject(new Error('not here'))));
	const more = { tools: [described] };

	test('a call of a described tool ends the loop: it is left to the caller, the others are made', async () => {
		rounds(callingTools([inCity('Paris')]), callingTools([['book', { city: 'Rome' }], inCity('Oslo')]));
		const { choices, exchange, results } = await ask({ more });
		expect(server.stats.requests).toBe(2);
		expect(choices[0]).toMatchObject({
			finishReason: 'tool_calls',
			toolCalls: [
				{ result: 'Sunny in Paris', round: 1 },
				{ id: 'call_1', name: 'book', arguments: { city: 'Rome' }, round: 2 },
				{ result: 'Sunny in Oslo', round: 2 },
			],
		});
		expect(choices[0].toolCalls![1]).not.toHaveProperty('result');
		expect(choices[0].toolCalls![1]).not.toHaveProperty('error');
		expect(exchange).toHaveLength(2);
		expect(results).toEqual([{ role: 'tool', tool_call_id: 'call_2', content: 'Sunny in Oslo' }]);
		expect(choices[0].toolMessage?.tool_calls).toHaveLength(2);
	});

	test('a call of a described tool says what is wrong with its arguments', async () => {
		rounds(callingTools([['book', { city: 4 }]]));
		const { choices } = await ask({ more });
		expect(choices[0].toolCalls).toMatchObject([{ name: 'book', error: expect.stringContaining('city') }]);
	});
});

describe('what was paid', () => {
	const prices = { ownPrices: [{ input: 1e6, output: 0 }] };

	test('usage, costs and attempts of all rounds are summed, and no warning stands there twice', async () => {
		server.behave(({ index, attempt }) => {
			if (attempt === 1) return fail({ status: 503 });
			return index < 3 ? callingTools([inCity('Paris')], { usage: USAGE }) : ok({ usage: USAGE });
		});
		const result = await ask({ more: { model: 'o4-mini', max_tokens: 5 }, call: prices });
		expect(result).toMatchObject({
			usage: { promptTokens: 20, completionTokens: 10, totalTokens: 30 },
			costUsd: 20,
			failedAttempts: [{ status: 503 }, { status: 503 }],
			requestCount: 4,
			warnings: [{ feature: 'max_tokens' }],
		});
	});

	test('the costs of a call are unknown if those of one round are', async () => {
		rounds(callingTools([inCity('Paris')], { usage: USAGE }), ok({ body: { usage: undefined } }));
		expect(await ask({ call: prices })).toMatchObject({ costUsd: null, usage: { promptTokens: 10 } });
	});

	test('the failure of a later round has what was paid and called before', async () => {
		rounds(callingTools([inCity('Paris')], { usage: USAGE }), fail({ status: 400 }));
		const failure = await failureOf(ask({ call: prices }));
		expect(failure).toMatchObject({
			kind: 'bad_request',
			details: {
				usage: { promptTokens: 10 },
				costUsd: 10,
				toolCalls: [{ name: 'weather', result: 'Sunny in Paris' }],
			},
			attempts: [{ status: 400 }],
		});
	});

	test('the failure of a JSON repair has the costs of the tool rounds too', async () => {
		rounds(callingTools([inCity('Paris')], { usage: USAGE }), ok({ text: 'no JSON', usage: USAGE }));
		const failure = await failureOf(
			ask({
				more: ASK_FOR_JSON,
				call: { ...prices, json: { repairAttempts: 1 } },
			}),
		);
		expect(failure).toMatchObject({
			kind: 'invalid_json',
			details: { usage: { promptTokens: 30 }, costUsd: 30 },
			attempts: [{ code: 'INVALID_JSON' }, { code: 'INVALID_JSON' }],
		});
	});
});

test('a reply in JSON comes after the tools, whatever is said besides the calls', async () => {
	rounds(
		callingTools([inCity('Paris')], { text: 'I look it up.' }),
		ok({ text: '{"sunny":' }),
		ok({ text: '{"sunny": true}' }),
	);
	const { choices, failedAttempts } = await ask({
		more: ASK_FOR_JSON,
		call: { json: { repairAttempts: 1 } },
	});
	expect(choices[0]).toMatchObject({ json: { sunny: true }, toolCalls: [{ result: 'Sunny in Paris' }] });
	expect(failedAttempts).toMatchObject([{ code: 'INVALID_JSON' }]);
});

test('streamed rounds give calls and usage like others, and the text of all rounds', async () => {
	rounds(
		callingTools([inCity('Paris'), inCity('Rome')], { text: 'Let me see. ', usage: USAGE }),
		ok({ text: 'Sunny.', usage: USAGE }),
	);
	let heard = '';
	const result = await ask({ call: { stream: { onText: (text) => (heard += text) } } });
	expect(heard).toBe('Let me see. Sunny.');
	expect(lastLog()).toEqual([
		'user: Weather?',
		'assistant: Let me see.  weather({"city":"Paris"}) weather({"city":"Rome"})',
		'tool: Sunny in Paris',
		'tool: Sunny in Rome',
	]);
	expect(result).toMatchObject({
		usage: { promptTokens: 20 },
		choices: [{ text: 'Sunny.', toolCalls: [{}, {}] }],
		timeToFirstTokenMs: expect.any(Number),
	});
});

test('the latency of a call is that of all its rounds and tools', async () => {
	rounds(callingTools([inCity('Paris')], { latencyMs: 30 }), ok({ latencyMs: 30 }));
	const slow = tool('weather', () => sleep(50, 'Sunny'));
	const { latencyMs } = await ask({ tools: [slow] });
	// Timers may be early by a millisecond.
	expect(latencyMs).toBeGreaterThanOrEqual(105);
});

test('Stop ends the wait for a tool that knows no signals, and nothing more is asked', async () => {
	const stop = new AbortController();
	const hanging = tool('weather', () => {
		setTimeout(() => stop.abort(new Error('Stopped')), 20);
		return new Promise(() => {});
	});
	rounds(callingTools([inCity('Paris'), ['teleport', {}]]), ok());
	await expect(ask({ tools: [hanging], signal: stop.signal })).rejects.toThrow('Stopped');
	expect(server.stats.requests).toBe(1);
});

test('a tool that knows signals is told of a Stop', async () => {
	const stop = new AbortController();
	let told: unknown;
	const patient = tool('weather', async (_, signal) => {
		setTimeout(() => stop.abort(new Error('Stopped')), 20);
		await new Promise((resolve) => signal.addEventListener('abort', resolve));
		told = signal.reason;
	});
	rounds(callingTools([inCity('Paris')]));
	await expect(ask({ tools: [patient], signal: stop.signal })).rejects.toThrow('Stopped');
	expect(told).toEqual(new Error('Stopped'));
});

test('the warnings of a request come before those of its reply', async () => {
	rounds(callingTools([['weather', "{'city': 'Paris'}"]]), ok());
	const { warnings } = await ask({ more: { model: 'o3', temperature: 0.5 } });
	expect(warnings.map(({ feature }) => feature)).toEqual(['temperature', 'tools']);
});
