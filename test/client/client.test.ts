import { lookup } from 'node:dns';
import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createClient, type CallOptions, type Client } from '../../client/client';
import type { ChatRequest } from '../../client/chatRequest';
import { systemClock, type Clock } from '../../client/clock';
import { InvalidConnectionError, type ConnectionSettings } from '../../client/connection';
import { ApiFailure } from '../../client/errors';
import { createTransport, type Transport } from '../../client/transport';
import * as faults from '../support/faultServer';
import type { Behaviour, FaultServer } from '../support/faultServer';

const { fail, ok } = faults;

const KEY = 'sk-proj-Abc123Def456Ghi789';

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

const noWait: Clock = {
	now: Date.now,
	random: () => 0.5,
	// eslint-disable-next-line @typescript-eslint/require-await -- must reject, not throw
	async sleep(_ms, signal) {
		signal?.throwIfAborted();
	},
};

const connect = (
	settings: Partial<ConnectionSettings> = {},
	{ transport = createTransport(), clock = noWait }: { transport?: Transport; clock?: Clock } = {},
): Client =>
	createClient({ apiType: 'openai', apiKey: KEY, baseUrl: server.baseUrl, ...settings }, transport, clock);

const request = (content = 'Hi'): ChatRequest => ({ model: 'gpt-4o', messages: [{ role: 'user', content }] });
const options = (more: Partial<CallOptions> = {}): CallOptions => ({
	maxRetries: 2,
	maxWaitMs: 120_000,
	timeoutMs: 20_000,
	...more,
});

async function failureOf(call: Promise<unknown>): Promise<ApiFailure> {
	const error: unknown = await call.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(ApiFailure);
	return error as ApiFailure;
}

describe('a chat completion', () => {
	test('is asked for and read', async () => {
		server.behave(() => ok({ text: 'Paris', usage: { prompt_tokens: 5, completion_tokens: 1 } }));
		const result = await connect().completeChat(request('Capital of France?'), options());
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
		await connect({ organizationId: 'org-1', userAgent: 'us/1.0', headers }).completeChat(
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
		await connect().completeChat(request(), options());
		expect(server.requests[1]!.headers.accept).toBe('application/json');
	});

	test('without a key has no authorization', async () => {
		await connect({ apiKey: '' }).completeChat(request(), options());
		expect(server.requests[0]!.headers).not.toHaveProperty('authorization');
	});

	test('of Azure goes to the deployment', async () => {
		const deploymentUrl = `${server.url}/openai/deployments/gpt`;
		const azure = connect({ apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
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
		const result = await connect().completeChat({ ...request(), model: 'o3', max_tokens: 9 }, options());
		expect(server.requests[0]!.body).toEqual({ ...request(), model: 'o3', max_completion_tokens: 9 });
		expect(result.warnings).toMatchObject([{ feature: 'max_tokens' }]);
	});

	test('counts its time from the first request to the reply, waits included', async () => {
		let now = 1000;
		const clock: Clock = {
			now: () => now,
			random: () => 0,
			sleep: (ms) => Promise.resolve(void (now += ms)),
		};
		server.behave(({ attempt }) => (attempt < 3 ? faults.rateLimited({ retryAfter: { seconds: 7 } }) : ok()));
		const result = await connect({}, { clock }).completeChat(request(), options());
		expect(result.latencyMs).toBe(14_000);
	});

	test('has no request id where the server gives none', async () => {
		const { raw } = await connect().completeChat(request(), options());
		server.behave(() => fail({ status: 200, shape: 'empty' }));
		const failure = await failureOf(connect().completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.details).toStrictEqual({ status: 200 });
		server.behave(() => faults.json(200, raw, { 'x-request-id': '' }));
		expect(await connect().completeChat(request(), options())).not.toHaveProperty('requestId');
	});

	test('that is not one tells the request id and the status', async () => {
		server.behave(() => faults.emptyChoices());
		const failure = await failureOf(connect().completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.details).toStrictEqual({
			status: 200,
			requestId: faults.requestIdOf(server.requests[0]!),
		});
	});

	test('cannot be asked for over a connection that cannot work', () => {
		expect(() => connect({ baseUrl: 'nowhere' })).toThrow(InvalidConnectionError);
		expect(() => connect({ headers: [{ name: 'a b', value: '' }] })).toThrow(InvalidConnectionError);
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
		const client = connect();
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
		await connect().completeChat(given, options());
		expect(JSON.parse(server.requests[0]!.rawBody)).toEqual(
			JSON.parse('{"model":"o3","messages":[],"__proto__":{"a":1},"max_completion_tokens":1}'),
		);
	});

	test('may be large', async () => {
		const text = 'long '.repeat(1_000_000);
		server.behave(() => ok({ text: 'Read' }));
		await connect().completeChat(request(text), options());
		expect(server.requests[0]!.body).toEqual(request(text));
	});
});

describe('the list of models', () => {
	test('has the chat models first, the newest first', async () => {
		const models = await connect().listModels(options());
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
		['wrongKey', faults.wrongKey(), 'refused_key', 1],
		['fail 500', fail({ status: 500 }), 'server', 3],
		['notJson', faults.notJson(), 'bad_reply', 3],
		['another object', faults.json(200, { object: 'chat.completion' }), 'bad_reply', 3],
	])('fails like a call: %s', async (_, models, kind, requests) => {
		const listServer = await faults.startFaultServer({ models });
		const failure = await failureOf(connect({ baseUrl: listServer.baseUrl }).listModels(options()));
		expect(failure.kind).toBe(kind);
		expect(listServer.otherRequests).toHaveLength(requests);
		await listServer.close();
	});
});

describe('answers of any size', () => {
	test('30 MB are read', async () => {
		server.behave(() => faults.hugeBody({ bytes: 30_000_000 }));
		const { choices } = await connect().completeChat(request(), options());
		expect(choices[0].text.length).toBeGreaterThan(29_990_000);
	});

	test('70 MB are refused: the connection is closed, nothing is sent again', async () => {
		server.behave(() => faults.hugeBody({ bytes: 70_000_000 }));
		const failure = await failureOf(connect().completeChat(request(), options()));
		expect(failure).toMatchObject({ kind: 'too_large', attempts: [{}] });
		expect(server.stats.requests).toBe(1);
		await until(() => server.stats.openSockets === 0);
	});
});

describe('cancel', () => {
	const reason = new Error('The user pressed stop');
	let controller: AbortController;
	beforeEach(() => {
		controller = new AbortController();
	});
	const cancellable = (more: Partial<CallOptions> = {}) => options({ signal: controller.signal, ...more });

	/** The system's clock, and a promise that a call has begun to wait by it. */
	function watchedClock() {
		const { promise: asleep, resolve } = withResolvers();
		const clock: Clock = {
			...systemClock,
			sleep: (ms, signal) => {
				resolve();
				return systemClock.sleep(ms, signal);
			},
		};
		return { asleep, clock };
	}

	test('before the call: nothing is sent', async () => {
		controller.abort(reason);
		await expect(connect().completeChat(request(), cancellable())).rejects.toBe(reason);
		await expect(connect().listModels(cancellable())).rejects.toBe(reason);
		expect(server.stats.requests).toBe(0);
		expect(server.otherRequests).toEqual([]);
	});

	test('while waiting for the headers: the server sees the caller leave', async () => {
		server.behave(() => faults.hangBeforeHeaders());
		const call = connect().completeChat(request(), cancellable());
		const rejected = expect(call).rejects.toBe(reason);
		await until(() => server.stats.inFlight === 1);
		controller.abort(reason);
		await rejected;
		await until(() => server.stats.inFlight === 0);
		expect(server.stats).toMatchObject({ requests: 1, aborted: 1 });
	});

	test.each([
		['silent', faults.hangMidBody()],
		['slow', faults.slowBody({ chunkBytes: 1, everyMs: 50 })],
		['huge', faults.hugeBody({ bytes: 60_000_000 })],
	])('while reading a %s body: the server sees the caller leave', async (_, behaviour) => {
		server.behave(() => behaviour);
		const { promise: headersAreThere, resolve } = withResolvers();
		const real = createTransport();
		const transport: Transport = {
			async send(sent) {
				const response = await real.send(sent);
				resolve();
				return response;
			},
		};
		const rejected = expect(connect({}, { transport }).completeChat(request(), cancellable())).rejects.toBe(
			reason,
		);
		await headersAreThere;
		controller.abort(reason);
		await rejected;
		await until(() => server.stats.inFlight === 0);
		expect(server.stats).toMatchObject({ requests: 1, aborted: 1 });
	});

	test('while waiting for the next attempt: it is not made', async () => {
		server.behave(() => faults.rateLimited({ retryAfter: { seconds: 60 } }));
		const { asleep, clock } = watchedClock();
		const call = connect({}, { clock }).completeChat(request(), cancellable());
		const rejected = expect(call).rejects.toBe(reason);
		await asleep;
		controller.abort(reason);
		await rejected;
		expect(server.stats.requests).toBe(1);
	});

	test('leaves nothing listening on the signal when the call has ended', async () => {
		const listeners = () => getEventListeners(controller.signal, 'abort').length;
		const transport = createTransport({
			validateUrl: () => Promise.resolve({ ok: true }),
			createSecureLookup: () => lookup,
		});
		const clock = { ...systemClock, random: () => 0 };
		server.behave(({ attempt }) => (attempt === 1 ? fail({ status: 500 }) : ok({ latencyMs: 20 })));
		const call = connect({}, { transport, clock }).completeChat(request(), cancellable());
		await until(() => server.stats.requests === 2);
		expect(listeners()).toBe(1);
		await call;
		expect(listeners()).toBe(0);
	});

	describe('of further attempts only', () => {
		const noMore = (more: Partial<CallOptions> = {}) =>
			options({ noMoreAttempts: controller.signal, ...more });

		test('lets a request that is under way finish, since it is paid for', async () => {
			server.behave(() => ok({ text: 'Paid', latencyMs: 100 }));
			const call = connect().completeChat(request(), noMore());
			await until(() => server.stats.inFlight === 1);
			controller.abort(reason);
			expect((await call).choices[0].text).toBe('Paid');
			expect(server.stats).toMatchObject({ requests: 1, aborted: 0 });
		});

		test('does not try again when that request fails', async () => {
			server.behave(() => fail({ status: 500, latencyMs: 100 }));
			const call = failureOf(connect().completeChat(request(), noMore()));
			await until(() => server.stats.inFlight === 1);
			controller.abort(reason);
			expect(await call).toMatchObject({ kind: 'server', attempts: [{ status: 500 }] });
			expect(server.stats.requests).toBe(1);
		});

		test('ends a wait', async () => {
			server.behave(() => faults.rateLimited({ retryAfter: { seconds: 60 } }));
			const { asleep, clock } = watchedClock();
			const signal = new AbortController().signal;
			const rejected = expect(
				connect({}, { clock }).completeChat(request(), noMore({ signal })),
			).rejects.toBe(reason);
			await asleep;
			controller.abort(reason);
			await rejected;
			expect(server.stats.requests).toBe(1);
		});
	});
});

describe('connections', () => {
	// undici takes a socket back one turn after the answer; whoever sends before that must not open another.
	test('1,000 calls, 10 at a time, share a dozen', async () => {
		server.behave(() => ok({ latencyMs: 2 }));
		const client = connect();
		await inTens(1000, () => client.completeChat(request(), options({ maxRetries: 0 })));
		expect(server.stats).toMatchObject({ requests: 1000, maxInFlight: 10, inFlight: 0 });
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	});

	test.each([
		['errors with a body', fail({ status: 500, latencyMs: 2 })],
		['answers that are not JSON', faults.notJson()],
		['redirects with a body', faults.redirect({ status: 307, location: '/' })],
		['error objects in a 200', faults.errorIn200()],
	])('300 calls, 10 at a time, share a dozen too: %s', async (_, behaviour) => {
		server.behave(() => behaviour);
		const client = connect();
		await inTens(300, () => client.completeChat(request(), options({ maxRetries: 0 })).catch(() => {}));
		expect(server.stats.requests).toBe(300);
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	});

	test('every call gets its own answer', async () => {
		const client = connect();
		server.behave(faults.mixedFaults({ rate: 0.3, seed: 1, then: () => ok() }));
		let next = 0;
		await inTens(300, async () => {
			const content = `Item ${next++}`;
			const { choices } = await client.completeChat(request(content), options({ maxRetries: 20 }));
			expect(choices[0].text).toBe(`Reply to: ${content}`);
		});
		expect(next).toBe(300);
		expect(server.stats.requests).toBeGreaterThan(330);
	});

	async function inTens(count: number, call: () => Promise<unknown>): Promise<void> {
		let begun = 0;
		const worker = async () => {
			while (begun++ < count) await call();
		};
		await Promise.all(Array.from({ length: 10 }, worker));
	}
});

describe('secrets', () => {
	test.each(['openai', 'azure'] as const)('a key that %s echoes is not in the failure', async (apiType) => {
		server.behave(() => faults.wrongKey());
		const client = connect({ apiType, deploymentUrl: `${server.url}/openai/deployments/gpt` });
		const failure = await failureOf(client.completeChat(request(), options()));
		expect(failure.message).toBe(
			'Incorrect API key provided: [redacted]. You can find your API key at https://platform.openai.com/account/api-keys.',
		);
		// What a log would print: the stack too.
		expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(KEY);
	});

	test.each([
		['masked', `Incorrect API key provided: sk-proj-*****i789.`, 'Incorrect API key provided: [redacted]'],
		['its end', 'The key ending in Def456Ghi789 is revoked', 'The key ending in [redacted] is revoked'],
		['the value of an extra header', 'Unknown gate key gate-key-42!', 'Unknown gate key [redacted]'],
	])('an echo that is %s', async (_, message, redacted) => {
		server.behave(() => fail({ status: 401, message }));
		const client = connect({ headers: [{ name: 'X-Gate', value: 'gate-key-42!' }] });
		const failure = await failureOf(client.completeChat(request(), options()));
		expect(failure.message).toBe(redacted);
	});

	test.each([
		['HTML', fail({ status: 500, shape: 'html', message: `Bad ${KEY}` })],
		['another shape', fail({ status: 400, shape: 'foreign', message: `Bad ${KEY}` })],
		['a 200', faults.errorIn200({ message: `Bad ${KEY}` })],
	])('an echo in %s', async (_, behaviour) => {
		server.behave(() => behaviour);
		const failure = await failureOf(connect().completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.message).toBe('Bad [redacted]');
	});

	test('an echo in the list of models', async () => {
		const listServer = await faults.startFaultServer({ models: faults.wrongKey() });
		const failure = await failureOf(connect({ baseUrl: listServer.baseUrl }).listModels(options()));
		expect(failure.message).toContain('[redacted]');
		expect(failure.message).not.toContain(KEY);
		await listServer.close();
	});

	const echoes = (behaviour: Behaviour) => async () => {
		server.behave(() => behaviour);
		const failure = await failureOf(connect().completeChat(request(), options()));
		expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(KEY);
	};
	test('an echo in the type', echoes(fail({ status: 401, type: KEY })));
	test('an echo in the parameter', echoes(fail({ status: 401, param: KEY })));
	test('an echo in the code', echoes(fail({ status: 401, code: KEY })));
	const redirect = faults.redirect({ status: 307, location: `/login?key=${KEY}` });
	test('an echo in the location of a redirect', echoes(redirect));
	const echoedId = fail({ status: 401, headers: { 'x-request-id': KEY } });
	test('an echo in the request id', echoes(echoedId));
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
	let resolve = () => {};
	const promise = new Promise<void>((settle) => (resolve = settle));
	return { promise, resolve };
}

async function until(condition: () => boolean): Promise<void> {
	for (let turns = 0; !condition(); turns++) {
		if (turns > 500) throw new Error(`It never came to: ${condition.toString()}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}
