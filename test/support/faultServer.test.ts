import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Behaviour, FaultServerOptions } from './faultServer';
import * as faults from './faultServer';
import { until } from './until';
import { useFaultServer } from './useFaultServer';

const { fail, ok } = faults;

const server = useFaultServer();
let agent: Agent;
beforeEach(() => {
	agent = new Agent({ connections: 1 });
});
afterEach(() => agent.destroy());

const behaveLike = (behaviour: Behaviour) => server.behave(() => behaviour);

async function post(
	content = 'Hello',
	{ path = '/v1/chat/completions', ...body }: Record<string, unknown> & { path?: string } = {},
) {
	const response = await request(`${server.url}${path}`, {
		method: 'POST',
		headers: { authorization: 'Bearer sk-secret', 'content-type': 'application/json' },
		body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content }], ...body }),
		dispatcher: agent,
	});
	const text = await response.body.text();
	return { status: response.statusCode, headers: response.headers, text };
}

async function get(url: string, path: string) {
	const response = await request(`${url}${path}`, { dispatcher: agent });
	return { status: response.statusCode, body: await response.body.json() };
}

/** What a server with these options answers to each path. */
async function getFrom(options: FaultServerOptions, ...paths: string[]) {
	const { url, close } = await faults.startFaultServer(options);
	const answers = [];
	for (const path of paths) answers.push(await get(url, path));
	await close();
	return answers;
}

/** The raw bytes of everything the server says on one socket until it ends, fails or stays silent for a while. */
async function rawAnswer(silenceMs: number): Promise<{ bytes: string; ended: string }> {
	const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
	const body = '{"messages":[{"content":"Hello"}]}';
	socket.write(`POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
	let bytes = '';
	socket.on('data', (chunk) => (bytes += chunk.toString('latin1')));
	const ended = await new Promise<string>((resolve) => {
		socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
		socket.on('end', () => resolve('end'));
		socket.setTimeout(silenceMs, () => resolve('silence'));
	});
	socket.destroy();
	return { bytes, ended };
}

describe('good answers', () => {
	test('ok is a complete chat.completion', async () => {
		const { status, headers, text } = await post('Hello');
		expect(status).toBe(200);
		expect(headers['x-request-id']).toBe(faults.requestIdOf(server.lastRequest()));
		expect(JSON.parse(text)).toMatchObject({
			id: expect.stringMatching(/^chatcmpl-/),
			object: 'chat.completion',
			model: 'gpt-4o',
			choices: [
				{ index: 0, message: { role: 'assistant', content: 'Reply to: Hello' }, finish_reason: 'stop' },
			],
			usage: {
				prompt_tokens: 2,
				completion_tokens: 4,
				total_tokens: 6,
				prompt_tokens_details: { cached_tokens: 0 },
				completion_tokens_details: { reasoning_tokens: 0 },
			},
		});
	});

	test('every part of ok can be replaced', async () => {
		behaveLike(
			ok({
				text: ({ attempt }, choice) => `attempt ${attempt}, choice ${choice}`,
				model: 'm',
				finishReason: 'length',
				usage: { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 8 } },
				body: { service_tier: 'flex', system_fingerprint: undefined },
				headers: { 'X-Request-Id': 'mine' },
			}),
		);
		const { headers, text } = await post('Hi', { n: 2 });
		expect(headers['x-request-id']).toBe('mine');
		const completion = JSON.parse(text) as Record<string, unknown>;
		expect(completion).toMatchObject({
			model: 'm',
			choices: [
				{ message: { content: 'attempt 1, choice 0' }, finish_reason: 'length' },
				{ message: { content: 'attempt 1, choice 1' } },
			],
			usage: { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 } },
			service_tier: 'flex',
		});
		expect(completion).not.toHaveProperty('system_fingerprint');
	});

	test('slowBody arrives whole, in many chunks', async () => {
		behaveLike(faults.slowBody({ text: 'Grüße', chunkBytes: 50, everyMs: 1 }));
		const response = await request(`${server.baseUrl}/x`, { method: 'POST', body: '{}', dispatcher: agent });
		let chunks = 0;
		let text = '';
		for await (const chunk of response.body.setEncoding('utf8')) {
			chunks++;
			text += chunk;
		}
		expect(chunks).toBeGreaterThan(3);
		expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: 'Grüße' } }] });
	});

	test('hugeBody is valid JSON of exactly that size', async () => {
		behaveLike(faults.hugeBody({ bytes: 3_000_000 }));
		const { headers, text } = await post();
		expect(headers['content-length']).toBe('3000000');
		expect(text).toHaveLength(3_000_000);
		const completion = JSON.parse(text) as { choices: [{ message: { content: string } }] };
		expect(completion.choices[0].message.content.length).toBeGreaterThan(2_990_000);
	});

	test('the models are the default list, a list, a behaviour, a choice of these, or a 404', async () => {
		const six = { object: 'list', data: { length: 6 } };
		expect(await get(server.url, '/v1/models')).toMatchObject({ status: 200, body: six });
		expect(await get(server.url, '/openai/models?api-version=1')).toMatchObject({ status: 200, body: six });
		expect(server.requests).toHaveLength(0);
		expect(server.otherRequests[1]?.query.get('api-version')).toBe('1');
		expect((await get(server.url, '/v1/nothing')).status).toBe(404);

		const [list] = await getFrom({ models: [{ id: 'a', created: 1 }] }, '/v1/models');
		expect(list?.body).toEqual({
			object: 'list',
			data: [{ id: 'a', object: 'model', created: 1, owned_by: 'system' }],
		});
		const [refused] = await getFrom({ models: faults.wrongKey() }, '/v1/models');
		expect(refused?.status).toBe(401);
		const choose: FaultServerOptions['models'] = ({ query }) => (query.has('ours') ? [] : faults.wrongKey());
		const chosen = await getFrom({ models: choose }, '/v1/models?ours', '/v1/models');
		expect(chosen.map(({ status }) => status)).toEqual([200, 401]);
		const [none] = await getFrom({ models: null }, '/v1/models');
		expect(none).toMatchObject({
			status: 404,
			body: { error: { message: 'Invalid URL (GET /v1/models)' } },
		});
	});
});

describe('failures that are answers', () => {
	test('fail answers in every shape', async () => {
		server.behave(({ query }) =>
			fail({ status: 503, shape: query.get('shape') as 'html', headers: { 'x-should-retry': 'false' } }),
		);
		const shaped = (shape: string) => post('', { path: `/v1/chat/completions?shape=${shape}` });
		const openai = await shaped('openai');
		expect(openai).toMatchObject({ status: 503, headers: { 'x-should-retry': 'false' } });
		expect(JSON.parse(openai.text)).toEqual({
			error: {
				message: 'The server answered: Service Unavailable',
				type: 'server_error',
				param: null,
				code: null,
			},
		});
		expect((await shaped('foreign')).text).toBe('{"detail":"Service Unavailable"}');
		expect(await shaped('html')).toMatchObject({
			status: 503,
			headers: { 'content-type': 'text/html' },
			text: expect.stringContaining('<h1>503 Service Unavailable</h1>'),
		});
		expect(await shaped('empty')).toMatchObject({
			status: 503,
			text: '',
			headers: { 'content-length': '0' },
		});
	});

	test('rateLimited names its wait in each of three ways, or not at all', async () => {
		const headersOf = async (retryAfter?: faults.RetryAfter) => {
			server.behave(() => faults.rateLimited({ retryAfter }));
			const { status, headers, text } = await post();
			expect(status).toBe(429);
			expect(text).toContain('"code":"rate_limit_exceeded"');
			return [headers['retry-after'], headers['retry-after-ms']];
		};
		expect(await headersOf()).toEqual([undefined, undefined]);
		expect(await headersOf({ seconds: 1.5 })).toEqual(['1.5', undefined]);
		expect(await headersOf({ ms: 20 })).toEqual([undefined, '20']);
		expect(await headersOf({ date: new Date(784111777999) })).toEqual([
			'Sun, 06 Nov 1994 08:49:37 GMT',
			undefined,
		]);
	});

	test.each<{ name: string; behaviour: Behaviour; status: number; text: string }>([
		{
			name: 'quotaExhausted',
			behaviour: faults.quotaExhausted(),
			status: 429,
			text: '"code":"insufficient_quota"',
		},
		{
			name: 'wrongKey',
			behaviour: faults.wrongKey(),
			status: 401,
			text: 'Incorrect API key provided: sk-secret.',
		},
		{
			name: 'errorIn200',
			behaviour: faults.errorIn200({ code: 'overloaded' }),
			status: 200,
			text: '{"error":{"message":',
		},
		{ name: 'emptyChoices', behaviour: faults.emptyChoices(), status: 200, text: '"choices":[]' },
		{ name: 'notJson', behaviour: faults.notJson(), status: 200, text: '<h1>Sign in to the network</h1>' },
		{ name: 'json', behaviour: faults.json(200, null), status: 200, text: 'null' },
	])('$name answers $status and its body', async ({ behaviour, status, text }) => {
		behaveLike(behaviour);
		expect(await post()).toMatchObject({ status, text: expect.stringContaining(text) });
	});

	test('redirect names the location', async () => {
		behaveLike(faults.redirect({ status: 307, location: 'http://127.0.0.1:1/elsewhere' }));
		expect(await post()).toMatchObject({
			status: 307,
			headers: { location: 'http://127.0.0.1:1/elsewhere' },
		});
	});

	test('invalidJson is a whole answer with half a JSON', async () => {
		behaveLike(faults.invalidJson());
		const { status, headers, text } = await post();
		expect(status).toBe(200);
		expect(headers['content-length']).toBe(String(text.length));
		expect(text).toMatch(/^{"id":"chatcmpl/);
		expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
	});

	test('a behave function that throws answers with a 400 that says so', async () => {
		server.behave(() => {
			throw new Error('a typo');
		});
		expect(await post()).toMatchObject({ status: 400, text: expect.stringContaining('a typo') });
	});
});

describe('failures of the connection', () => {
	const half = /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n{"id":"chatcmpl-[^]*[^}]$/;

	test.each<{ name: string; behaviour: Behaviour; bytes: RegExp; ended: string }>([
		{ name: 'resetBeforeHeaders', behaviour: faults.resetBeforeHeaders(), bytes: /^$/, ended: 'ECONNRESET' },
		{
			name: 'resetBeforeHeaders by FIN',
			behaviour: faults.resetBeforeHeaders({ by: 'fin' }),
			bytes: /^$/,
			ended: 'end',
		},
		{ name: 'resetDuringBody', behaviour: faults.resetDuringBody(), bytes: half, ended: 'ECONNRESET' },
		{
			name: 'resetDuringBody by FIN',
			behaviour: faults.resetDuringBody({ by: 'fin' }),
			bytes: half,
			ended: 'end',
		},
		{
			name: 'resetDuringBody at once',
			behaviour: faults.resetDuringBody({ afterBytes: 0 }),
			bytes: /\r\n\r\n$/,
			ended: 'ECONNRESET',
		},
		{ name: 'hangBeforeHeaders', behaviour: faults.hangBeforeHeaders(), bytes: /^$/, ended: 'silence' },
		{ name: 'hangMidBody', behaviour: faults.hangMidBody(), bytes: half, ended: 'silence' },
		{
			name: 'hangMidBody after 3 bytes',
			behaviour: faults.hangMidBody({ afterBytes: 3 }),
			bytes: /\r\n\r\n{"i$/,
			ended: 'silence',
		},
		{
			name: 'hangMidBody, never whole',
			behaviour: faults.hangMidBody({ afterBytes: 1e9 }),
			bytes: half,
			ended: 'silence',
		},
	])('$name ends for the caller as "$ended"', async ({ behaviour, bytes, ended }) => {
		behaveLike(behaviour);
		const answer = await rawAnswer(ended === 'silence' ? 1000 : 10_000);
		expect(answer).toEqual({ bytes: expect.stringMatching(bytes), ended });
		await until('the exchange is over', () => server.stats.inFlight === 0 && server.stats.openSockets === 0);
		// Only where the server kept silent was it the caller who hung up.
		expect(server.stats.aborted).toBe(ended === 'silence' ? 1 : 0);
		expect(server.requests[0]).toMatchObject({ answered: false, aborted: ended === 'silence' });
	});

	test('staleKeepAlive resets every request on a used socket', async () => {
		behaveLike(faults.staleKeepAlive({ then: ok({ text: 'fresh' }) }));
		for (let i = 0; i < 2; i++) {
			expect((await post()).text).toContain('fresh');
			await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' });
		}
		expect(server.stats.socketsOpened).toBe(2);
		expect(server.requests.map(({ answered }) => answered)).toEqual([true, false, true, false]);
	});
});

describe('records and counts', () => {
	test('a request is recorded as it was sent', async () => {
		await post('one', { path: '/openai/deployments/d/chat/completions?api-version=2' });
		await post('two');
		await post('two');
		expect(server.requests.map(({ index, attempt }) => [index, attempt])).toEqual([
			[0, 1],
			[1, 1],
			[2, 2],
		]);
		const first = server.requests[0]!;
		expect(first).toMatchObject({
			method: 'POST',
			path: '/openai/deployments/d/chat/completions',
			headers: { authorization: 'Bearer sk-secret' },
			body: { model: 'gpt-4o', messages: [{ content: 'one' }] },
			answered: true,
			aborted: false,
		});
		expect(first.query.get('api-version')).toBe('2');
		expect(first.rawBody).toBe(JSON.stringify(first.body));
		expect(server.lastRequest().receivedAt).toBeGreaterThanOrEqual(first.receivedAt);
		expect(server.stats).toEqual({
			requests: 3,
			inFlight: 0,
			maxInFlight: 1,
			socketsOpened: 1,
			openSockets: 1,
			aborted: 0,
		});
		server.reset();
		expect(server.requests).toEqual([]);
		expect(server.stats).toMatchObject({ requests: 0, maxInFlight: 0, socketsOpened: 0, openSockets: 1 });
		await post('two');
		expect(server.requests[0]).toMatchObject({ index: 0, attempt: 1 });
	});

	test('inFlight counts requests between arrival and answer', async () => {
		server.behave(async ({ index }) => {
			if (index < 10) await until('ten are under way', () => server.stats.maxInFlight === 10);
			return ok();
		});
		agent = new Agent({ connections: 10 });
		await Promise.all(Array.from({ length: 25 }, (_, i) => post(String(i))));
		expect(server.stats).toMatchObject({ requests: 25, inFlight: 0, maxInFlight: 10, socketsOpened: 10 });
	});

	test.each<[string, Behaviour]>([
		['during the latency', ok({ latencyMs: 20_000 })],
		['in a body that is too big to be on its way already', ok({ text: 'x'.repeat(30_000_000) })],
		['in a huge body', faults.hugeBody()],
		['in a slow body', faults.slowBody({ chunkBytes: 1, everyMs: 5 })],
	])('a caller who hangs up %s is counted as aborted', async (_, behaviour) => {
		behaveLike(behaviour);
		const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
		socket.pause();
		socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
		await until('the request is there', () => server.stats.inFlight === 1);
		await sleep(50);
		expect(server.requests[0]).toMatchObject({ answered: false, aborted: false });
		socket.destroy();
		await until('the caller is seen to be gone', () => server.stats.inFlight === 0);
		expect(server.requests[0]).toMatchObject({ answered: false, aborted: true });
		expect(server.stats.aborted).toBe(1);
	});

	test('close ends what is open, and does not count it as aborted', async () => {
		behaveLike(ok({ latencyMs: 20_000 }));
		const pending = expect(post()).rejects.toThrow();
		await until('the request is there', () => server.stats.inFlight === 1);
		await server.close();
		await pending;
		expect(server.stats).toMatchObject({ inFlight: 0, openSockets: 0, aborted: 0 });
		await expect(post()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
	});
});

test('rateLimitHeaders writes durations as OpenAI does', async () => {
	behaveLike(
		ok({
			headers: faults.rateLimitHeaders({
				limit: 60,
				remaining: 59,
				resetSeconds: 1,
				tokens: { limit: 150_000, remaining: 149_984, resetSeconds: 360 },
			}),
		}),
	);
	expect((await post()).headers).toMatchObject({
		'x-ratelimit-limit-requests': '60',
		'x-ratelimit-remaining-requests': '59',
		'x-ratelimit-reset-requests': '1s',
		'x-ratelimit-limit-tokens': '150000',
		'x-ratelimit-remaining-tokens': '149984',
		'x-ratelimit-reset-tokens': '6m0s',
	});
	const reset = (resetSeconds: number) =>
		faults.rateLimitHeaders({ limit: 1, remaining: 0, resetSeconds })['x-ratelimit-reset-requests'];
	expect([0, 0.017, 0.9999, 8.64, 61.25, 3723].map(reset)).toEqual([
		'0s',
		'17ms',
		'1s',
		'8.64s',
		'1m1.25s',
		'1h2m3s',
	]);
});

describe('mixedFaults', () => {
	const contents = Array.from({ length: 300 }, (_, i) => `item ${i}`);

	test('mixedFaults gives the same requests the same faults in any order', async () => {
		const met = new Map<string, number>();
		const behave = faults.mixedFaults({
			rate: 0.3,
			seed: 7,
			faults: [1, 2, 3].map((n) => fail({ status: 500 + n })),
			then: () => ok(),
		});
		server.behave(behave);
		for (const content of contents) met.set(content, (await post(content)).status);
		const counts = new Map<number, number>();
		for (const status of met.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
		expect([...counts.keys()].sort()).toEqual([200, 501, 502, 503]);
		expect(counts.get(200)! / contents.length).toBeCloseTo(0.7, 1);

		server.reset();
		for (const content of contents.toReversed()) expect((await post(content)).status).toBe(met.get(content));
	});

	test('every request gets its answer through mixedFaults when it is sent often enough', async () => {
		server.behave(faults.mixedFaults({ rate: 0.5, seed: 1, then: () => ok() }));
		const repliedTo = async (content: string) => {
			const { status, text } = await post(content);
			return status === 200 && JSON.stringify(JSON.parse(text)).includes(`"Reply to: ${content}"`);
		};
		for (const content of contents.slice(0, 50)) {
			let tries = 1;
			while (!(await repliedTo(content).catch(() => false))) expect(tries++).toBeLessThan(20);
		}
		expect(server.stats.requests).toBeGreaterThan(75);
	});
});
