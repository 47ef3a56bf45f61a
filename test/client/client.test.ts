import fc from 'fast-check';
import type { ChatRequest } from '../../client/core/requests';
import { InvalidConnectionError } from '../../client/http/connection';
import { connect, failureOf, KEY, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { ModelsAnswer } from '../support/faultServer';
import { recordingClock } from '../support/recordingClock';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok } = faults;

const server = useFaultServer();

describe('a chat completion', () => {
	test('a chat completion is asked for and read', async () => {
		server.behave(() => ok({ text: 'Paris', usage: { prompt_tokens: 5, completion_tokens: 1 } }));
		const result = await connect(server).completeChat(request('Capital of France?'), options());
		expect(result).toMatchObject({
			choices: [{ index: 0, text: 'Paris', finishReason: 'stop' }],
			model: 'gpt-4o',
			usage: { promptTokens: 5, completionTokens: 1, totalTokens: 6 },
			failedAttempts: [],
			requestId: faults.requestIdOf(server.lastRequest()),
			warnings: [],
		});
		expect(result.id).toMatch(/^chatcmpl-/);
		expect(result.raw).toMatchObject({ object: 'chat.completion', service_tier: 'default' });
		expect(server.requests[0]).toMatchObject({
			method: 'POST',
			path: '/v1/chat/completions',
			body: request('Capital of France?'),
		});
	});

	test('a chat completion is asked for with the headers of the connection', async () => {
		const headers = [
			{ name: 'X-Title', value: 'My flow' },
			{ name: 'Accept', value: 'application/vnd.test+json' },
			{ name: 'X-Latin', value: 'café' },
		];
		await connect(server, { organizationId: 'org-1', userAgent: 'us/1.0', headers }).completeChat(
			request(),
			options(),
		);
		const sent = server.lastRequest().headers;
		expect(sent).toMatchObject({
			'content-type': 'application/json',
			authorization: `Bearer ${KEY}`,
			'openai-organization': 'org-1',
			'user-agent': 'us/1.0',
			'x-title': 'My flow',
			accept: 'application/vnd.test+json',
			'x-latin': 'café',
		});
		await connect(server).completeChat(request(), options());
		expect(server.lastRequest().headers.accept).toBe('application/json');
	});

	test('a request without a key has no authorization header', async () => {
		await connect(server, { apiKey: '' }).completeChat(request(), options());
		expect(server.lastRequest().headers).not.toHaveProperty('authorization');
	});

	test('a chat completion of Azure is asked of the deployment', async () => {
		const deploymentUrl = `${server.url}/openai/deployments/gpt`;
		const azure = connect(server, { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
		await azure.completeChat(request(), options());
		await azure.listModels(options());
		const [chat, list] = [server.lastRequest(), server.otherRequests[0]!];
		expect(chat.path).toBe('/openai/deployments/gpt/chat/completions');
		expect(chat.headers).toMatchObject({ 'api-key': KEY });
		expect(chat.headers).not.toHaveProperty('authorization');
		expect(list.path).toBe('/openai/models');
		for (const { query } of [chat, list]) expect(query.get('api-version')).toBe('2024-10-21');
	});

	test('a chat request is adapted to the model, and a warning says so', async () => {
		const result = await connect(server).completeChat(
			{ ...request(), model: 'o3', max_tokens: 9 },
			options(),
		);
		expect(server.lastRequest().body).toEqual({ ...request(), model: 'o3', max_completion_tokens: 9 });
		expect(result.warnings).toMatchObject([{ feature: 'max_tokens' }]);
	});

	test('latencyMs counts from the first request to the reply, waits included', async () => {
		server.behave(({ attempt }) => (attempt < 3 ? faults.rateLimited({ retryAfter: { seconds: 7 } }) : ok()));
		const result = await connect(server, { clock: recordingClock({ random: 0, startAt: 0 }) }).completeChat(
			request(),
			options(),
		);
		expect(result.latencyMs).toBe(14_000);
	});

	test('a reply and a failure have no request id where the server gives none', async () => {
		const { raw } = await connect(server).completeChat(request(), options());
		server.behave(() => fail({ status: 200, shape: 'empty' }));
		const failure = await failureOf(connect(server).completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.details).toStrictEqual({ status: 200 });
		server.behave(() => faults.json(200, raw, { 'x-request-id': '' }));
		expect(await connect(server).completeChat(request(), options())).not.toHaveProperty('requestId');
	});

	test('a reply without choices fails with its status and request id', async () => {
		server.behave(() => faults.emptyChoices());
		const failure = await failureOf(connect(server).completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.details).toStrictEqual({
			status: 200,
			requestId: faults.requestIdOf(server.lastRequest()),
		});
	});

	test('a client for a connection that cannot work is not created', () => {
		expect(() => connect(server, { baseUrl: 'nowhere' })).toThrow(InvalidConnectionError);
		expect(() => connect(server, { headers: [{ name: 'a b', value: '' }] })).toThrow(InvalidConnectionError);
	});
});

describe('the body of the request', () => {
	/** Texts with everything that could break on its way: all planes, halves of characters, quotes, names of traps. */
	const content = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc
			.array(fc.integer({ min: 0, max: 0xffff }))
			.map((units) => units.map((unit) => String.fromCharCode(unit)).join('')),
		fc.constantFrom('', '__proto__', '"', '\\', '\\u0000', '\0', '\u2028', '\ufeff', '\ud83d', '</script>'),
	);
	const parameters = fc.dictionary(fc.string(), fc.jsonValue());

	test('the body of a request arrives as JSON.stringify writes it', async () => {
		// Else a parameter "n" among the others decides how many choices there are.
		server.behave(() => ok({ choices: 1 }));
		const client = connect(server);
		const property = fc.asyncProperty(fc.array(content), parameters, async (contents, more) => {
			const messages = contents.map((text) => ({ role: 'user' as const, content: text }));
			const given: ChatRequest = { ...more, model: 'gpt-4o', messages };
			await client.completeChat(given, options({ maxRetries: 0 }));
			expect(server.lastRequest().rawBody).toBe(JSON.stringify(given));
			expect(server.lastRequest().body).toHaveProperty('messages', messages);
		});
		await fc.assert(property, { numRuns: 200 });
	});

	test('a parameter called __proto__ arrives at the server', async () => {
		const given = JSON.parse(
			'{"model":"o3","messages":[],"__proto__":{"a":1},"max_tokens":1}',
		) as ChatRequest;
		await connect(server).completeChat(given, options());
		expect(JSON.parse(server.lastRequest().rawBody)).toEqual(
			JSON.parse('{"model":"o3","messages":[],"__proto__":{"a":1},"max_completion_tokens":1}'),
		);
	});

	test('a request of 5 MB arrives whole', async () => {
		const text = 'long '.repeat(1_000_000);
		server.behave(() => ok({ text: 'Read' }));
		await connect(server).completeChat(request(text), options());
		expect(server.lastRequest().body).toEqual(request(text));
	});
});

describe('the list of models', () => {
	test('the list of models has the chat models first, the newest first', async () => {
		const { models } = await connect(server).listModels(options());
		expect(models.map(({ id }) => id)).toEqual([
			'gpt-4.1',
			'o4-mini',
			'gpt-4o-mini',
			'text-embedding-3-small',
			'dall-e-3',
			'whisper-1',
		]);
		expect(server.otherRequests).toHaveLength(1);
		const { method, path, headers, rawBody } = server.otherRequests[0]!;
		expect({ method, path, rawBody }).toEqual({ method: 'GET', path: '/v1/models', rawBody: '' });
		expect(headers.authorization).toBe(`Bearer ${KEY}`);
		expect(headers).not.toHaveProperty('content-type');
	});
});

describe('the list of models that fails', () => {
	let answer: ModelsAnswer;
	const server = useFaultServer({ models: () => answer });

	test.each([
		{ name: 'a wrong key', models: faults.wrongKey(), kind: 'refused_key', requests: 1 },
		{ name: 'a 500', models: fail({ status: 500 }), kind: 'server', requests: 3 },
		{ name: 'no JSON', models: faults.notJson(), kind: 'bad_reply', requests: 3 },
		{
			name: 'another object',
			models: faults.json(200, { object: 'chat.completion' }),
			kind: 'bad_reply',
			requests: 3,
		},
	])('a list of models that meets $name fails as $kind', async ({ models, kind, requests }) => {
		answer = models;
		const failure = await failureOf(connect(server).listModels(options()));
		expect(failure.kind).toBe(kind);
		expect(server.otherRequests).toHaveLength(requests);
	});
});

describe('answers of any size', () => {
	test('an answer of 30 MB is read', async () => {
		server.behave(() => faults.hugeBody({ bytes: 30_000_000 }));
		const { choices } = await connect(server).completeChat(request(), options());
		expect(choices[0].text.length).toBeGreaterThan(29_990_000);
	});

	test('an answer of 70 MB closes the connection, and is not asked for again', async () => {
		server.behave(() => faults.hugeBody({ bytes: 70_000_000 }));
		const failure = await failureOf(connect(server).completeChat(request(), options()));
		expect(failure).toMatchObject({ kind: 'too_large', attempts: [{}] });
		expect(server.stats.requests).toBe(1);
		await until('the connection is closed', () => server.stats.openSockets === 0);
	});
});
