import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { CallOptions } from '../../../client/call';
import type { ChatResult } from '../../../client/client';
import { backoffMs } from '../../../client/core/backoff';
import { CallLog, type Attempt } from '../../../client/core/callLog';
import type { FailureKind } from '../../../client/core/errors';
import { retry } from '../../../client/sending/retry';
import { connect, failureOf, KEY, options, request, type FailedCall } from '../../support/clientCalls';
import * as faults from '../../support/faultServer';
import { recordingClock } from '../../support/recordingClock';
import type { Behaviour, FaultServer, Headers } from '../../support/faultServer';

const { fail, ok, rateLimited } = faults;

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

const stoppedClock = (random?: number) => recordingClock({ random, startAt: NOW });

interface Outcome {
	result?: ChatResult;
	failure?: FailedCall;
	/** What was waited between the requests, by the list of attempts. */
	waits: number[];
}

/** What the attempts say was waited; the clock must have seen it pass, and the pacer may have waited longer. */
function waitsOf(attempts: readonly Attempt[], clock: { waits: number[] }): number[] {
	const waits = attempts.flatMap(({ waitedMs }) => waitedMs ?? []);
	const sum = (list: number[]) => list.reduce((total, ms) => total + ms, 0);
	expect(sum(clock.waits)).toBeGreaterThanOrEqual(sum(waits));
	return waits;
}

/** One call, two retries unless told otherwise; anything thrown that is no ApiFailure fails the test. */
async function call(
	more: Partial<CallOptions> = {},
	{ baseUrl }: Pick<FaultServer, 'baseUrl'> = server,
	clock = stoppedClock(),
): Promise<Outcome> {
	const call = connect({ baseUrl }, { clock }).completeChat(request(), options(more));
	try {
		const result = await call;
		return { result, waits: waitsOf(result.failedAttempts, clock) };
	} catch {
		const failure = await failureOf(call);
		return { failure, waits: waitsOf(failure.attempts, clock) };
	}
}

const callThatMeets = (behaviour: Behaviour, more?: Partial<CallOptions>) => {
	server.behave(() => behaviour);
	return call(more);
};

describe('answers with an error status', () => {
	type Shape = 'openai' | 'foreign' | 'html' | 'empty';
	test.each<[number, Shape, FailureKind, 'retried' | 'final']>([
		[400, 'openai', 'bad_request', 'final'],
		[401, 'openai', 'refused_key', 'final'],
		[402, 'openai', 'quota', 'final'],
		[403, 'openai', 'forbidden', 'final'],
		[404, 'openai', 'not_found', 'final'],
		[408, 'openai', 'timeout', 'retried'],
		[409, 'openai', 'server', 'retried'],
		[413, 'openai', 'context_length', 'final'],
		[422, 'openai', 'bad_request', 'final'],
		[429, 'openai', 'rate_limit', 'retried'],
		[500, 'openai', 'server', 'retried'],
		[502, 'openai', 'server', 'retried'],
		[503, 'openai', 'overloaded', 'retried'],
		[504, 'openai', 'server', 'retried'],
		[529, 'openai', 'overloaded', 'retried'],
		// What a body says in another way, or not at all, the status says.
		[422, 'foreign', 'bad_request', 'final'],
		[502, 'html', 'server', 'retried'],
		[503, 'empty', 'overloaded', 'retried'],
	])('%i in the shape %s is %s, %s', async (status, shape, kind, verdict) => {
		const { failure, waits } = await callThatMeets(fail({ status, shape }));
		const requests = verdict === 'retried' ? 3 : 1;
		expect(server.stats.requests).toBe(requests);
		expect(failure).toMatchObject({ kind, details: { status } });
		expect(failure!.attempts).toHaveLength(requests);
		expect(waits).toHaveLength(requests - 1);
	});

	test.each<[string, Behaviour, FailureKind]>([
		['an empty quota', faults.quotaExhausted(), 'quota'],
		['a wrong key', faults.wrongKey(), 'refused_key'],
		['an unknown model', fail({ status: 404, code: 'model_not_found' }), 'unknown_model'],
		['too long a text', fail({ status: 400, code: 'context_length_exceeded' }), 'context_length'],
		['a redirect', faults.redirect({ status: 308, location: '/elsewhere' }), 'redirect'],
		['a bad request in a 200', faults.errorIn200({ code: '400' }), 'bad_request'],
		['an empty quota in a 200', faults.errorIn200({ code: 'insufficient_quota' }), 'quota'],
	])('%s is final', async (_, behaviour, kind) => {
		const { failure, waits } = await callThatMeets(behaviour);
		expect(failure!.kind).toBe(kind);
		expect(server.stats.requests).toBe(1);
		expect(waits).toEqual([]);
	});
});

describe('x-should-retry wins over the table', () => {
	const shouldRetry = (value: string): Headers => ({ 'x-should-retry': value });
	test.each<[string, Behaviour, number]>([
		['400 true', fail({ status: 400, headers: shouldRetry('true') }), 3],
		['401 true', fail({ status: 401, headers: shouldRetry('true') }), 3],
		['413 true, no body', fail({ status: 413, shape: 'empty', headers: shouldRetry('true') }), 3],
		['429 false', rateLimited({ headers: shouldRetry('false') }), 1],
		['500 false', fail({ status: 500, headers: shouldRetry('false') }), 1],
		['503 false, HTML', fail({ status: 503, shape: 'html', headers: shouldRetry('false') }), 1],
		['409 false', fail({ status: 409, headers: shouldRetry('false') }), 1],
		['error in a 200 false', faults.errorIn200({ headers: shouldRetry('false') }), 1],
		['500 with another word', fail({ status: 500, headers: shouldRetry('maybe') }), 3],
		['400 with another word', fail({ status: 400, headers: shouldRetry('maybe') }), 1],
	])('%s', async (_, behaviour, requests) => {
		await callThatMeets(behaviour);
		expect(server.stats.requests).toBe(requests);
	});
});

describe('answers that are not what the API promises', () => {
	test.each<[string, Behaviour, FailureKind, string]>([
		['an error object in a 200', faults.errorIn200(), 'bad_reply', 'The upstream provider failed.'],
		[
			'its code is a status',
			faults.errorIn200({ code: '429' }),
			'rate_limit',
			'The upstream provider failed.',
		],
		['half a JSON', faults.invalidJson(), 'bad_reply', 'The reply is not JSON'],
		['no choices', faults.emptyChoices(), 'bad_reply', 'The reply is a chat completion without any choice'],
		['a sign-in page', faults.notJson(), 'bad_reply', 'The reply is not JSON'],
		['nothing', fail({ status: 200, shape: 'empty' }), 'bad_reply', 'The reply is not JSON'],
		[
			'another object',
			faults.json(200, { object: 'list', data: [] }),
			'bad_reply',
			'The reply is not a chat completion: choices is missing or of the wrong type',
		],
	])('%s is retried', async (_, behaviour, kind, message) => {
		const { failure, waits } = await callThatMeets(behaviour);
		expect(failure).toMatchObject({ kind, message, details: { status: 200 } });
		expect(server.stats.requests).toBe(3);
		expect(waits).toEqual([250, 500]);
	});
});

describe('no answer', () => {
	test.each<[string, Behaviour, string]>([
		['a reset before the headers', faults.resetBeforeHeaders(), 'ECONNRESET'],
		['an end before the headers', faults.resetBeforeHeaders({ by: 'fin' }), 'UND_ERR_SOCKET'],
		['a reset in the body', faults.resetDuringBody(), 'ECONNRESET'],
		['an end in the body', faults.resetDuringBody({ by: 'fin' }), 'UND_ERR_SOCKET'],
	])('%s is retried', async (_, behaviour, code) => {
		const { failure } = await callThatMeets(behaviour);
		expect(failure).toMatchObject({ kind: 'connection', details: { code } });
		expect(failure!.attempts).toEqual([{ code, waitedMs: 250 }, { code, waitedMs: 500 }, { code }]);
		expect(server.stats.requests).toBe(3);
	});

	test('silence is retried, before the headers and in the body', async () => {
		const silences = [faults.hangBeforeHeaders(), faults.hangMidBody()];
		server.behave(({ attempt }) => silences[attempt - 1] ?? ok());
		const { result } = await call({ timeoutMs: 1000 });
		expect(result!.failedAttempts).toEqual([
			{ code: 'TIMEOUT', waitedMs: 250 },
			{ code: 'TIMEOUT', waitedMs: 500 },
		]);
		expect(server.stats).toMatchObject({ requests: 3, aborted: 2 });
	});

	test('a body that keeps coming does not extend the time allowed', async () => {
		const pieces = faults.slowBody({ text: 'slow', chunkBytes: 1, everyMs: 50 });
		const { failure } = await callThatMeets(pieces, { timeoutMs: 1000, maxRetries: 0 });
		expect(failure).toMatchObject({ kind: 'timeout' });
		expect(server.stats.requests).toBe(1);
	});

	test('a connection that the server closed just as it was used again costs one retry', async () => {
		expect((await call()).result!.failedAttempts).toEqual([]);
		// A socket is free again only in the next turn.
		await new Promise(setImmediate);
		server.behave(() => faults.staleKeepAlive());
		const { result } = await call();
		expect(result!.failedAttempts).toEqual([{ code: 'ECONNRESET', waitedMs: 250 }]);
		expect(server.stats).toMatchObject({ requests: 3, socketsOpened: 2 });
	});

	test('a port where nobody listens is tried again', async () => {
		const listener = net.createServer().listen(0, '127.0.0.1');
		await once(listener, 'listening');
		const { port } = listener.address() as AddressInfo;
		listener.close();
		await once(listener, 'close');
		const { failure } = await call({}, { baseUrl: `http://127.0.0.1:${port}/v1` });
		expect(failure!.kind).toBe('connection');
		const code = 'ECONNREFUSED';
		expect(failure!.attempts).toEqual([{ code, waitedMs: 250 }, { code, waitedMs: 500 }, { code }]);
	});

	test('an unknown host is tried again', async () => {
		// RFC 6761 promises that .invalid never exists; without a network the resolver says so in another way.
		const { failure } = await call({ maxRetries: 1 }, { baseUrl: 'http://nobody.invalid/v1' });
		expect(failure!.kind).toBe('connection');
		expect(failure!.details.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
		expect(failure!.attempts).toHaveLength(2);
	});
});

describe('the wait between two requests', () => {
	// How headers and messages are read is retryAfter.test's matter.
	test.each<[string, Behaviour, number]>([
		["a date, by the client's clock", rateLimited({ retryAfter: { date: new Date(NOW + 7000) } }), 7000],
		['seconds, not only of a 429', fail({ status: 503, headers: { 'retry-after': '8' } }), 8000],
		['a message', rateLimited({ message: 'Please try again in 2.5s.' }), 2500],
		['a fraction of a millisecond, rounded', rateLimited({ retryAfter: { ms: 20.6 } }), 21],
		// Half of the first backoff.
		['zero, which names no wait', rateLimited({ retryAfter: { seconds: 0 } }), 250],
	])('%s', async (_, behaviour, ms) => {
		server.behave(({ attempt }) => (attempt === 1 ? behaviour : ok()));
		const { result, waits } = await call();
		expect(waits).toEqual([ms]);
		expect(result!.failedAttempts).toMatchObject([{ waitedMs: ms }]);
		expect(server.stats.requests).toBe(2);
	});

	test('is not longer than the longest wait allowed: the call fails at once, and says how long it was', async () => {
		const { failure, waits } = await callThatMeets(rateLimited({ retryAfter: { seconds: 121 } }));
		expect(failure).toMatchObject({ kind: 'rate_limit', details: { retryAfterMs: 121_000 } });
		expect(failure!.attempts).toEqual([{ status: 429, code: 'rate_limit_exceeded' }]);
		expect(waits).toEqual([]);
		expect(server.stats.requests).toBe(1);
	});

	test('may be as long as the longest wait allowed', async () => {
		server.behave(({ attempt }) => (attempt === 1 ? rateLimited({ retryAfter: { seconds: 120 } }) : ok()));
		const { result, waits } = await call();
		expect(waits).toEqual([120_000]);
		expect(result!.choices[0].text).toBe('Reply to: Hi');
	});

	test('all waits of a call together stay within the longest', async () => {
		const named = await callThatMeets(rateLimited({ retryAfter: { seconds: 2 } }), {
			maxWaitMs: 5000,
			maxRetries: 5,
		});
		expect(named.waits).toEqual([2000, 2000]);
		expect(named.failure!.details.retryAfterMs).toBe(2000);

		const ours = await callThatMeets(fail({ status: 500 }), { maxWaitMs: 700 });
		expect(ours.waits).toEqual([250]);
		expect(ours.failure!.details).not.toHaveProperty('retryAfterMs');
	});

	test('retryAfterMs is only there when it is the reason to give up', async () => {
		const { failure } = await callThatMeets(rateLimited({ retryAfter: { seconds: 2 } }));
		expect(failure!.details).not.toHaveProperty('retryAfterMs');
	});
});

describe('backoff', () => {
	const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

	test('lies between 0 and min(30 s, 0.5 s · 2ⁿ), and can be anywhere between', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1000 }), fraction, (retry, random) => {
				const longest = Math.min(30_000, 500 * 2 ** retry);
				const wait = backoffMs(retry, () => random);
				expect(wait).toBeGreaterThanOrEqual(0);
				expect(wait).toBeLessThanOrEqual(longest);
				expect(wait / longest).toBeCloseTo(random);
			}),
		);
	});

	test('doubles from one request to the next, up to half a minute', async () => {
		server.behave(() => fail({ status: 500 }));
		const { failure, waits } = await call({ maxRetries: 8 }, undefined, stoppedClock(0.999999));
		expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
		expect(failure!.attempts.map(({ waitedMs }) => waitedMs)).toEqual([...waits, undefined]);
	});
});

describe('attempts', () => {
	const bumpyRoad = [
		rateLimited({ retryAfter: { seconds: 2 } }),
		faults.resetBeforeHeaders(),
		fail({ status: 500, shape: 'html' }),
		faults.errorIn200({ code: 'provider_down' }),
	];
	const bumps = [
		{ status: 429, code: 'rate_limit_exceeded', waitedMs: 2000 },
		{ code: 'ECONNRESET', waitedMs: 500 },
		{ status: 500, waitedMs: 1000 },
		{ status: 200, code: 'provider_down', waitedMs: 2000 },
	];

	test('that failed before the reply are listed with it', async () => {
		server.behave(({ attempt }) => bumpyRoad[attempt - 1] ?? ok());
		const { result } = await call({ maxRetries: 5 });
		expect(result!.failedAttempts).toStrictEqual(bumps);
		expect(server.stats.requests).toBe(5);
	});

	test('are all listed in a final failure, which is the last one', async () => {
		server.behave(({ attempt }) => bumpyRoad[attempt - 1] ?? faults.quotaExhausted());
		const { failure } = await call({ maxRetries: 5 });
		expect(failure!.kind).toBe('quota');
		expect(failure!.attempts).toStrictEqual([...bumps, { status: 429, code: 'insufficient_quota' }]);
	});

	test('end with the retries', async () => {
		server.behave(({ attempt }) => bumpyRoad[attempt - 1] ?? ok());
		const { failure } = await call({ maxRetries: 3 });
		expect(failure!.kind).toBe('bad_reply');
		expect(failure!.attempts).toStrictEqual([...bumps.slice(0, 3), { status: 200, code: 'provider_down' }]);
	});

	test('there is one when no retries are wanted', async () => {
		const { failure, waits } = await callThatMeets(fail({ status: 500 }), { maxRetries: 0 });
		expect(failure!.attempts).toStrictEqual([{ status: 500 }]);
		expect(waits).toEqual([]);
		expect(server.stats.requests).toBe(1);
	});

	test('each sends the same request', async () => {
		server.behave(({ index }) => (index < 2 ? fail({ status: 500 }) : ok()));
		await call();
		expect(server.requests.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
		expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
			new Set([`Bearer ${KEY}`]),
		);
	});
});

test('an error that is no failure of the API is a mistake in the code, and passes at once', async () => {
	const mistake = new TypeError('undefined is not a function');
	const clock = stoppedClock();
	const call = { maxRetries: 5, maxWaitMs: 0, log: new CallLog(), server: { clock } };
	await expect(retry({}, call, () => Promise.reject(mistake))).rejects.toBe(mistake);
	expect(clock.waits).toEqual([]);
});

test("a server's own code TOTAL_TIMEOUT is no time-out of the call, and is retried", async () => {
	const { failure } = await callThatMeets(fail({ status: 500, code: 'TOTAL_TIMEOUT' }), { maxRetries: 1 });
	expect(failure!.attempts).toMatchObject([{ code: 'TOTAL_TIMEOUT' }, { code: 'TOTAL_TIMEOUT' }]);
});
