import type { INodeParameters } from 'n8n-workflow';
import { API_KEY, numberedItems, runChatGpt, userMessage, onlyItem } from '../../support/chatGptRun';
import { ok } from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

/** Sends one item, and gives the body that arrived at the server. */
async function sentBody(parameters: INodeParameters, options: INodeParameters = {}) {
	const { error } = await runChatGpt(server, { parameters, options });
	expect(error).toBeUndefined();
	return server.lastRequest().body as unknown;
}

const plainBody = { model: 'gpt-4.1-mini', messages: [{ role: 'user', content: 'Question 0' }] };

describe('the request', () => {
	test('the request holds only what the user set', async () => {
		expect(await sentBody({})).toEqual(plainBody);
	});

	test('the request is signed in and says who asks', async () => {
		await runChatGpt(server, {
			credential: {
				organizationId: 'org-1',
				projectId: 'proj_1',
				headers: { values: [{ name: 'X-Team', value: 'blue' }] },
			},
		});
		expect(server.lastRequest().path).toBe('/v1/chat/completions');
		expect(server.lastRequest().headers).toMatchObject({
			authorization: `Bearer ${API_KEY}`,
			'openai-organization': 'org-1',
			'openai-project': 'proj_1',
			'x-team': 'blue',
			'user-agent': expect.stringMatching(/^n8n-nodes-chatgpt\/\d/),
		});
	});

	test('the request goes to an Azure deployment with its key and version', async () => {
		await runChatGpt(server, {
			credential: {
				apiType: 'azure',
				deploymentUrl: `${server.url}/openai/deployments/my-gpt/`,
				apiVersion: '2024-10-21',
			},
		});
		const request = server.lastRequest();
		expect(request.path).toBe('/openai/deployments/my-gpt/chat/completions');
		expect(request.query.get('api-version')).toBe('2024-10-21');
		expect(request.headers['api-key']).toBe(API_KEY);
		expect(request.headers.authorization).toBeUndefined();
	});

	test.each<[string, INodeParameters, object]>([
		['temperature', { temperature: 0.2 }, { temperature: 0.2 }],
		['a temperature of 0', { temperature: 0 }, { temperature: 0 }],
		['no temperature at its default', { temperature: 1 }, {}],
		['a limit of tokens', { maxTokens: 50 }, { max_tokens: 50 }],
		[
			'a date as a text',
			{ messages: userMessage('={{ new Date(0) }}') },
			{ messages: [{ role: 'user', content: '1970-01-01T00:00:00.000Z' }] },
		],
		['numbers from expressions as text', { temperature: '={{ "0.5" }}' }, { temperature: 0.5 }],
		[
			'a model by expression',
			{ model: { __rl: true, mode: 'id', value: '=gpt-{{ 4 }}o' } },
			{ model: 'gpt-4o' },
		],
		[
			'all roles in order',
			{
				messages: {
					values: [
						{ role: 'system', content: 'S' },
						{ role: 'developer', content: 'D' },
						{ role: 'assistant', content: 'A' },
						{ role: 'user', content: '={{ $json.number }}' },
					],
				},
			},
			{
				messages: [
					{ role: 'system', content: 'S' },
					{ role: 'developer', content: 'D' },
					{ role: 'assistant', content: 'A' },
					{ role: 'user', content: '0' },
				],
			},
		],
		[
			'an object in an expression as JSON',
			{ messages: userMessage('={{ $json }}') },
			{ messages: [{ role: 'user', content: '{"number":0,"question":"Question 0"}' }] },
		],
	])('the request has %s', async (_name, parameters, expected) => {
		expect(await sentBody(parameters)).toEqual({ ...plainBody, ...expected });
	});

	test.each<[string, INodeParameters, object]>([
		['topP', { topP: 0.1 }, { top_p: 0.1 }],
		['frequencyPenalty', { frequencyPenalty: -2 }, { frequency_penalty: -2 }],
		['presencePenalty', { presencePenalty: 2 }, { presence_penalty: 2 }],
		['stop', { stop: ['END', '\n'] }, { stop: ['END', '\n'] }],
		['n', { n: 2 }, { n: 2 }],
		['seed', { seed: 0 }, { seed: 0 }],
		['user', { user: 'customer-4711' }, { user: 'customer-4711' }],
		['reasoningEffort', { reasoningEffort: 'xhigh' }, { reasoning_effort: 'xhigh' }],
		['verbosity', { verbosity: 'low' }, { verbosity: 'low' }],
		['serviceTier', { serviceTier: 'flex' }, { service_tier: 'flex' }],
		['metadata', { metadata: { values: [{ name: 'a', value: 'b' }] } }, { metadata: { a: 'b' } }],
		['store', { store: true }, { store: true }],
		['promptCacheKey', { promptCacheKey: 'k' }, { prompt_cache_key: 'k' }],
		['logitBias', { logitBias: '{"50256": -100}' }, { logit_bias: { '50256': -100 } }],
		['logprobs', { logprobs: true }, { logprobs: true }],
		['topLogprobs', { topLogprobs: 3 }, { logprobs: true, top_logprobs: 3 }],
		['extraBody', { extraBody: '{"top_k": 5, "temperature": 1}' }, { top_k: 5, temperature: 1 }],
		['extraBody by expression', { extraBody: '={{ { top_k: $json.number } }}' }, { top_k: 0 }],
		['stop as a number', { stop: '={{ 5 }}' }, { stop: ['5'] }],
		['yes in words', { store: '={{ "true" }}' }, { store: true }],
		[
			'nothing from an expression',
			{ topP: '={{ null }}', user: '={{ undefined }}', maxRetries: '={{ null }}' },
			{},
		],
		[
			'the newer limit in the extra body',
			{ extraBody: '{"max_completion_tokens": 5}' },
			{ max_completion_tokens: 5 },
		],
		['empty options', { stop: [], user: '', metadata: {}, logitBias: '{}', extraBody: '' }, {}],
		['what steers the engine', { maxConcurrentRequests: 2, maxRetries: 1, maxWait: 1, timeout: 5 }, {}],
		['what shapes the output', { simplify: true, includeInputFields: true, outputField: 'x' }, {}],
	])('options are sent in the words of the API: %s', async (_name, options, expected) => {
		// The model takes every option, since nothing is known of it.
		const model = { __rl: true, mode: 'id', value: 'my-model' };
		expect(await sentBody({ model }, options)).toEqual({ ...plainBody, model: 'my-model', ...expected });
	});

	test('the options of the request are read for each item', async () => {
		await runChatGpt(server, {
			items: numberedItems(3),
			options: { seed: '={{ $json.number }}', maxConcurrentRequests: 1 },
		});
		expect(server.requests.map((request) => (request.body as { seed: number }).seed)).toEqual([0, 1, 2]);
	});
});

describe('the output', () => {
	test('the output is flat and holds what the server reported', async () => {
		const { output } = await runChatGpt(server);
		expect(output('ChatGPT')).toEqual([
			{
				json: {
					text: 'Reply to: Question 0',
					finishReason: 'stop',
					model: 'gpt-4.1-mini',
					usage: {
						promptTokens: expect.any(Number),
						completionTokens: expect.any(Number),
						totalTokens: expect.any(Number),
						cachedTokens: 0,
						reasoningTokens: 0,
					},
					costUsd: null,
					latencyMs: expect.any(Number),
					attempts: 1,
					id: expect.stringMatching(/^chatcmpl-/),
					requestId: expect.stringMatching(/^req_/),
					warnings: [],
				},
				pairedItem: { item: 0 },
			},
		]);
	});

	test('the output makes nothing up that a foreign server does not report', async () => {
		server.behave(() =>
			ok({
				headers: { 'x-request-id': '' },
				body: {
					id: undefined,
					model: null,
					usage: null,
					choices: [{ message: { content: 'Hi' }, finish_reason: null }],
				},
			}),
		);
		const item = onlyItem(await runChatGpt(server));
		expect(item).toEqual({
			text: 'Hi',
			finishReason: 'other',
			costUsd: null,
			latencyMs: expect.any(Number),
			attempts: 1,
			warnings: [],
		});
	});

	test('the output says when a reply was cut or refused', async () => {
		server.behave(() =>
			ok({ body: { choices: [{ message: { content: null, refusal: 'No.' }, finish_reason: 'length' }] } }),
		);
		const item = onlyItem(await runChatGpt(server));
		expect(item).toMatchObject({ text: '', refusal: 'No.', finishReason: 'length' });
	});

	test('the output lists several choices', async () => {
		const item = onlyItem(await runChatGpt(server, { options: { n: 3 } }));
		const { text, choices } = item as {
			text: string;
			choices: Array<{ text: string }>;
		};
		expect(choices.map((choice) => choice.text)).toEqual([text, text, text]);
	});

	test('the option Choices as Items makes an item of each choice, with what it cost once', async () => {
		server.behave(({ body }) => {
			const { content } = (body.messages as Array<{ content: string }>)[0]!;
			return ok({
				body: {
					choices: [0, 1].map((index) => ({
						index,
						finish_reason: 'stop',
						message: { role: 'assistant', content: `${index} for ${content}` },
						logprobs: { content: [{ token: `${index}`, logprob: -0.5, bytes: null, top_logprobs: [] }] },
					})),
					usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
				},
			});
		});
		const { output } = await runChatGpt(server, {
			items: numberedItems(2),
			options: { n: 2, logprobs: true, choicesAsItems: true, includeConversation: true },
		});
		const items = output('ChatGPT');
		expect(items.map(({ json, pairedItem }) => [json.text, json.index, pairedItem])).toEqual([
			['0 for Question 0', 0, { item: 0 }],
			['1 for Question 0', 1, { item: 0 }],
			['0 for Question 1', 0, { item: 1 }],
			['1 for Question 1', 1, { item: 1 }],
		]);
		expect(items.map(({ json }) => [json.usage !== undefined, json.costUsd !== undefined])).toEqual([
			[true, true],
			[false, false],
			[true, true],
			[false, false],
		]);
		expect(items[1]!.json).toMatchObject({
			logprobs: { content: [{ token: '1' }] },
			conversation: [{ content: 'Question 0' }, { content: '1 for Question 0' }],
		});
		expect(items[1]!.json.choices).toBeUndefined();
	});

	test("the output with Simplify off is the API's own JSON", async () => {
		const item = onlyItem(await runChatGpt(server, { options: { simplify: false } }));
		expect(item).toMatchObject({
			object: 'chat.completion',
			choices: [{ message: { content: 'Reply to: Question 0' } }],
			usage: { prompt_tokens: expect.any(Number) },
		});
	});

	test('Include Input Fields keeps the ID of the input, by which the next node finds a row', async () => {
		const item = onlyItem(
			await runChatGpt(server, {
				items: [{ json: { id: 7, question: 'Hi', model: 'A3' } }],
				options: { includeInputFields: true },
			}),
		);
		expect(item).toMatchObject({ id: 7, text: 'Reply to: Hi', model: 'gpt-4.1-mini' });
		const plain = await runChatGpt(server, { items: [{ json: { id: 7, question: 'Hi' } }] });
		expect(plain.output('ChatGPT')[0]?.json.id).toMatch(/^chatcmpl-/);
	});

	test('Include Input Fields and Output Field put the reply under its field next to those of the input', async () => {
		const item = onlyItem(
			await runChatGpt(server, {
				options: { includeInputFields: true, outputField: 'reply' },
			}),
		);
		expect(item).toEqual({
			number: 0,
			question: 'Question 0',
			reply: expect.objectContaining({ text: 'Reply to: Question 0' }),
		});
	});

	test('the output has the binary data of the input', async () => {
		const items = numberedItems(1);
		items[0]!.binary = { picture: { data: 'aGk=', mimeType: 'image/png', fileName: 'a.png' } };
		const { output } = await runChatGpt(server, { items });
		expect(output('ChatGPT')[0]?.binary?.picture).toMatchObject({ mimeType: 'image/png', fileName: 'a.png' });
	});

	test('the run counts tokens for n8n, and sums up several items in a hint', async () => {
		server.behave(() => ok({ usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }));
		const { nodeRuns, hints } = await runChatGpt(server, { items: numberedItems(4) });
		expect(nodeRuns('ChatGPT')[0]?.metadata).toMatchObject({
			tokenUsage: { inputTokens: 12, outputTokens: 8 },
		});
		expect(hints('ChatGPT')).toEqual([
			{
				message: '4 items: 4 answered, 0 failed; 12 prompt and 8 completion tokens.',
				type: 'info',
				location: 'outputPane',
			},
		]);
	});

	test('100 items come out in input order, however long each takes, ten at a time over few sockets', async () => {
		// The first of each ten is the slowest, so that the window is seen to slide rather than to go in waves.
		server.behave(async ({ index }) => {
			if (index < 10) await until('ten are under way', () => server.stats.maxInFlight >= 10);
			return ok({ latencyMs: index % 10 === 0 ? 120 : 5 });
		});
		const { output } = await runChatGpt(server, { items: numberedItems(100) });
		const items = output('ChatGPT');
		expect(items.map((item) => item.json.text)).toEqual(
			Array.from({ length: 100 }, (_, number) => `Reply to: Question ${number}`),
		);
		expect(items.map((item) => item.pairedItem)).toEqual(
			Array.from({ length: 100 }, (_, item) => ({ item })),
		);
		expect(server.stats.maxInFlight).toBe(10);
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
		expect(server.requests).toHaveLength(100);
	});
});
