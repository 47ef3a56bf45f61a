import fc from 'fast-check';
import type { ChatRequest } from '../../client/core/requests';
import type { Clock } from '../../client/core/clock';
import { InvalidConnectionError } from '../../client/http/connection';
import { connect, failureOf, KEY, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { FaultServer } from '../support/faultServer';
import { until } from '../support/until';

const { fail, ok } = faults;

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

describe('a chat completion', () => {
	test('is asked for and read', async () => {
		server.behave(() => ok({ text: 'Paris', usage: { prompt_tokens: 5, completion_tokens: 1 } }));
		const result = await connect(server).completeChat(request('Capital of France?'), options());
		expect(result).toMatchObject({
			choices: [{ index: 0, text: 'Paris', finishReason: 'stop' }],
			model: 'gpt-4o',
			usage: { promptTokens: 5, completionTokens: 1, totalTokens: 6 },
			failedAttempts: [],
			requestId: faults.requestIdOf(server.requests[0]!),
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

	test('is asked for with the headers of the connection', async () => {
		const headers = [
			{ name: 'X-Title', value: 'My flow' },
			{ name: 'Accept', value: 'application/vnd.test+json' },
			{ name: 'X-Latin', value: 'café' },
		];
		await connect(server, { organizationId: 'org-1', userAgent: 'us/1.0', headers }).completeChat(
			request(),
			options(),
		);
		const sent = server.requests[0]!.headers;
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
		expect(server.requests[1]!.headers.accept).toBe('application/json');
	});

	test('without a key has no authorization', async () => {
		await connect(server, { apiKey: '' }).completeChat(request(), options());
		expect(server.requests[0]!.headers).not.toHaveProperty('authorization');
	});

	test('of Azure goes to the deployment', async () => {
		const deploymentUrl = `${server.url}/openai/deployments/gpt`;
		const azure = connect(server, { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
		await azure.completeChat(request(), options());
		await azure.listModels(options());
		const [chat, list] = [server.requests[0]!, server.otherRequests[0]!];
		expect(chat.path).toBe('/openai/deployments/gpt/chat/completions');
		expect(chat.headers).toMatchObject({ 'api-key': KEY });
		expect(chat.headers).not.toHaveProperty('authorization');
		expect(list.path).toBe('/openai/models');
		for (const { query } of [chat, list]) expect(query.get('api-version')).toBe('2024-10-21');
	});

	test('is adapted to the model, and says so', async () => {
		const result = await connect(server).completeChat(
			{ ...request(), model: 'o3', max_tokens: 9 },
			options(),
		);
		expect(server.requests[0]!.body).toEqual({ ...request(), model: 'o3', max_completion_tokens: 9 });
		expect(result.warnings).toMatchObject([{ feature: 'max_tokens' }]);
	});

	test('counts its time from the first request to the reply, waits included', async () => {
		let now = 1000;
		const clock: Clock = {
			now: () => now,
			date: () => now,
			random: () => 0,
			sleep: (ms) => Promise.resolve(void (now += ms)),
		};
		server.behave(({ attempt }) => (attempt < 3 ? faults.rateLimited({ retryAfter: { seconds: 7 } }) : ok()));
		const result = await connect(server, { clock }).completeChat(request(), options());
		expect(result.latencyMs).toBe(14_000);
	});

	test('has no request id where the server gives none', async () => {
		const { raw } = await connect(server).completeChat(request(), options());
		server.behave(() => fail({ status: 200, shape: 'empty' }));
		const failure = await failureOf(connect(server).completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.details).toStrictEqual({ status: 200 });
		server.behave(() => faults.json(200, raw, { 'x-request-id': '' }));
		expect(await connect(server).completeChat(request(), options())).not.toHaveProperty('requestId');
	});

	test('that is not one tells the request id and the status', async () => {
		server.behave(() => faults.emptyChoices());
		const failure = await failureOf(connect(server).completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.details).toStrictEqual({
			status: 200,
			requestId: faults.requestIdOf(server.requests[0]!),
		});
	});

	test('cannot be asked for over a connection that cannot work', () => {
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

	test('arrives as JSON.stringify would have it', async () => {
		// Else a parameter "n" among the others decides how many choices there are.
		server.behave(() => ok({ choices: 1 }));
		const client = connect(server);
		const property = fc.asyncProperty(fc.array(content), parameters, async (contents, more) => {
			const messages = contents.map((text) => ({ role: 'user' as const, content: text }));
			const given: ChatRequest = { ...more, model: 'gpt-4o', messages };
			await client.completeChat(given, options({ maxRetries: 0 }));
			expect(server.requests.at(-1)!.rawBody).toBe(JSON.stringify(given));
			expect(server.requests.at(-1)!.body).toHaveProperty('messages', messages);
		});
		await fc.assert(property, { numRuns: 200 });
	});

	test('keeps even a parameter called __proto__', async () => {
		const given = JSON.parse(
			'{"model":"o3","messages":[],"__proto__":{"a":1},"max_tokens":1}',
		) as ChatRequest;
		await connect(server).completeChat(given, options());
		expect(JSON.parse(server.requests[0]!.rawBody)).toEqual(
			JSON.parse('{"model":"o3","messages":[],"__proto__":{"a":1},"max_completion_tokens":1}'),
		);
	});

	test('may be large', async () => {
		const text = 'long '.repeat(1_000_000);
		server.behave(() => ok({ text: 'Read' }));
		await connect(server).completeChat(request(text), options());
		expect(server.requests[0]!.body).toEqual(request(text));
	});
});

describe('the list of models', () => {
	test('has the chat models first, the newest first', async () => {
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

	test.each([
		['wrongKey', faults.wrongKey(), 'authentication', 1],
		['fail 500', fail({ status: 500 }), 'server', 3],
		['notJson', faults.notJson(), 'bad_reply', 3],
		['another object', faults.json(200, { object: 'chat.completion' }), 'bad_reply', 3],
	])('fails like a call: %s', async (_, models, kind, requests) => {
		const listServer = await faults.startFaultServer({ models });
		const failure = await failureOf(connect(listServer).listModels(options()));
		expect(failure.kind).toBe(kind);
		expect(listServer.otherRequests).toHaveLength(requests);
		await listServer.close();
	});
});

describe('answers of any size', () => {
	test('30 MB are read', async () => {
		server.behave(() => faults.hugeBody({ bytes: 30_000_000 }));
		const { choices } = await connect(server).completeChat(request(), options());
		expect(choices[0].text.length).toBeGreaterThan(29_990_000);
	});

	test('70 MB are refused: the connection is closed, nothing is sent again', async () => {
		server.behave(() => faults.hugeBody({ bytes: 70_000_000 }));
		const failure = await failureOf(connect(server).completeChat(request(), options()));
		expect(failure).toMatchObject({ kind: 'too_large', attempts: [{}] });
		expect(server.stats.requests).toBe(1);
		await until('the connection is closed', () => server.stats.openSockets === 0);
	});
});
