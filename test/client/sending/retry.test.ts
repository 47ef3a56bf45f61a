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
import type { Behaviour, Failure, FaultServer, Headers } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const { fail, ok, rateLimited } = faults;

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

const server = useFaultServer();

const stoppedClock = (random?: number) => recordingClock({ random, startAt: NOW });

/** What the attempts say was waited between them; the clock must have seen it pass, and the pacer may have waited longer. */
function waitsOf(attempts: readonly Attempt[], clock: { waits: number[] }): number[] {
	const waits = attempts.flatMap(({ waitedMs }) => waitedMs ?? []);
	const sum = (list: number[]) => list.reduce((total, ms) => total + ms, 0);
	expect(sum(clock.waits)).toBeGreaterThanOrEqual(sum(waits));
	return waits;
}

/** One call, with two retries unless told otherwise, that has to be answered. */
async function callAnswered(
	more: Partial<CallOptions> = {},
): Promise<{ result: ChatResult; waits: number[] }> {
	const clock = stoppedClock();
	const result = await connect(server, { clock }).completeChat(request(), options(more));
	return { result, waits: waitsOf(result.failedAttempts, clock) };
}

/** One call, with two retries unless told otherwise, that has to end in an ApiFailure. */
async function callFailing(
	more: Partial<CallOptions> = {},
	{ baseUrl }: Pick<FaultServer, 'baseUrl'> = server,
	clock = stoppedClock(),
): Promise<{ failure: FailedCall; waits: number[] }> {
	const failure = await failureOf(connect({ baseUrl }, { clock }).completeChat(request(), options(more)));
	return { failure, waits: waitsOf(failure.attempts, clock) };
}

const callThatMeets = (behaviour: Behaviour, more?: Partial<CallOptions>) => {
	server.behave(() => behaviour);
	return callFailing(more);
};

describe('answers with an error status', () => {
	type Verdict = 'retried' | 'final';
	async function expectVerdict(answer: Failure, kind: FailureKind, verdict: Verdict) {
		const { failure, waits } = await callThatMeets(fail(answer));
		const requests = verdict === 'retried' ? 3 : 1;
		expect(server.stats.requests).toBe(requests);
		expect(failure).toMatchObject({ kind, details: { status: answer.status } });
		expect(failure.attempts).toHaveLength(requests);
		expect(waits).toHaveLength(requests - 1);
	}

	test.each<[number, FailureKind, Verdict]>([
		[400, 'bad_request', 'final'],
		[401, 'refused_key', 'final'],
		[402, 'quota', 'final'],
		[403, 'forbidden', 'final'],
		[404, 'not_found', 'final'],
		[408, 'timeout', 'retried'],
		[409, 'server', 'retried'],
		[413, 'context_length', 'final'],
		[422, 'bad_request', 'final'],
		[429, 'rate_limit', 'retried'],
		[500, 'server', 'retried'],
		[502, 'server', 'retried'],
		[503, 'overloaded', 'retried'],
		[504, 'server', 'retried'],
		[529, 'overloaded', 'retried'],
	])('an answer %i is a failure of the kind %s, %s', (status, kind, verdict) =>
		expectVerdict({ status }, kind, verdict),
	);

	// What the body does not say in the words of OpenAI, the status says.
	test.each<{ status: number; shape: Failure['shape']; kind: FailureKind; verdict: Verdict }>([
		{ status: 422, shape: 'foreign', kind: 'bad_request', verdict: 'final' },
		{ status: 502, shape: 'html', kind: 'server', verdict: 'retried' },
		{ status: 503, shape: 'empty', kind: 'overloaded', verdict: 'retried' },
	])(
		'an answer $status whose body is $shape is a failure of the kind $kind, $verdict',
		({ status, shape, kind, verdict }) => expectVerdict({ status, shape }, kind, verdict),
	);

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
		expect(failure.kind).toBe(kind);
		expect(server.stats.requests).toBe(1);
		expect(waits).toEqual([]);
	});
});

describe('x-should-retry wins over the table', () => {
	const shouldRetry = (value: string): Headers => ({ 'x-should-retry': value });
	test.each<[string, Behaviour]>([
		['400', fail({ status: 400, headers: shouldRetry('true') })],
		['401', fail({ status: 401, headers: shouldRetry('true') })],
		['413 without a body', fail({ status: 413, shape: 'empty', headers: shouldRetry('true') })],
	])('an answer %s is retried if x-should-retry is true', async (_, behaviour) => {
		await callThatMeets(behaviour);
		expect(server.stats.requests).toBe(3);
	});

	test.each<[string, Behaviour]>([
		['429', rateLimited({ headers: shouldRetry('false') })],
		['500', fail({ status: 500, headers: shouldRetry('false') })],
		['503 of HTML', fail({ status: 503, shape: 'html', headers: shouldRetry('false') })],
		['409', fail({ status: 409, headers: shouldRetry('false') })],
		['200 with an error', faults.errorIn200({ headers: shouldRetry('false') })],
	])('an answer %s is final if x-should-retry is false', async (_, behaviour) => {
		await callThatMeets(behaviour);
		expect(server.stats.requests).toBe(1);
	});

	test.each([
		[500, 3],
		[400, 1],
	])(
		'another word in x-should-retry changes nothing for an answer %i, with %i requests in all',
		async (status, requests) => {
			await callThatMeets(fail({ status, headers: shouldRetry('maybe') }));
			expect(server.stats.requests).toBe(requests);
		},
	);
});

describe('answers that are not what the API promises', () => {
	interface BadReply {
		name: string;
		behaviour: Behaviour;
		kind?: FailureKind;
		message: string;
	}
	const UPSTREAM_FAILED = 'The upstream provider failed.';
	const NOT_JSON = 'The reply is not JSON';
	test.each<BadReply>([
		{ name: 'an error object in a 200', behaviour: faults.errorIn200(), message: UPSTREAM_FAILED },
		{
			name: 'an error object in a 200 whose code is a status',
			behaviour: faults.errorIn200({ code: '429' }),
			kind: 'rate_limit',
			message: UPSTREAM_FAILED,
		},
		{ name: 'half a JSON', behaviour: faults.invalidJson(), message: NOT_JSON },
		{
			name: 'a reply without choices',
			behaviour: faults.emptyChoices(),
			message: 'The reply is a chat completion without any choice',
		},
		{ name: 'a sign-in page', behaviour: faults.notJson(), message: NOT_JSON },
		{ name: 'an empty 200', behaviour: fail({ status: 200, shape: 'empty' }), message: NOT_JSON },
		{
			name: 'another object',
			behaviour: faults.json(200, { object: 'list', data: [] }),
			message: 'The reply is not a chat completion: choices is missing or of the wrong type',
		},
	])('$name is retried', async ({ behaviour, kind = 'bad_reply', message }) => {
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
		expect(failure.attempts).toEqual([{ code, waitedMs: 250 }, { code, waitedMs: 500 }, { code }]);
		expect(server.stats.requests).toBe(3);
	});

	test('silence of a server is retried, before the headers and in the body', async () => {
		const silences = [faults.hangBeforeHeaders(), faults.hangMidBody()];
		server.behave(({ attempt }) => silences[attempt - 1] ?? ok());
		const { result } = await callAnswered({ timeoutMs: 1000 });
		expect(result.failedAttempts).toEqual([
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
		expect((await callAnswered()).result.failedAttempts).toEqual([]);
		// A socket is free again only in the next turn.
		await new Promise(setImmediate);
		server.behave(() => faults.staleKeepAlive());
		const { result } = await callAnswered();
		expect(result.failedAttempts).toEqual([{ code: 'ECONNRESET', waitedMs: 250 }]);
		expect(server.stats).toMatchObject({ requests: 3, socketsOpened: 2 });
	});

	test('a port without a listener is tried again', async () => {
		const listener = net.createServer().listen(0, '127.0.0.1');
		await once(listener, 'listening');
		const { port } = listener.address() as AddressInfo;
		listener.close();
		await once(listener, 'close');
		const { failure } = await callFailing({}, { baseUrl: `http://127.0.0.1:${port}/v1` });
		expect(failure.kind).toBe('connection');
		const code = 'ECONNREFUSED';
		expect(failure.attempts).toEqual([{ code, waitedMs: 250 }, { code, waitedMs: 500 }, { code }]);
	});

	test('an unknown host is tried again', async () => {
		// RFC 6761 promises that .invalid never exists; without a network the resolver says so in another way.
		const { failure } = await callFailing({ maxRetries: 1 }, { baseUrl: 'http://nobody.invalid/v1' });
		expect(failure.kind).toBe('connection');
		expect(failure.details.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
		expect(failure.attempts).toHaveLength(2);
	});
});

describe('the wait between two requests', () => {
	// How headers and messages are read is retryAfter.test's matter.
	test.each<[string, Behaviour, number]>([
		["a date by the client's clock", rateLimited({ retryAfter: { date: new Date(NOW + 7000) } }), 7000],
		['a number of seconds in a 503', fail({ status: 503, headers: { 'retry-after': '8' } }), 8000],
		['a wait in a message', rateLimited({ message: 'Please try again in 2.5s.' }), 2500],
		['a fraction of a millisecond', rateLimited({ retryAfter: { ms: 20.6 } }), 21],
	])('%s sets the wait before the next request', async (_, behaviour, ms) => {
		server.behave(({ attempt }) => (attempt === 1 ? behaviour : ok()));
		const { result, waits } = await callAnswered();
		expect(waits).toEqual([ms]);
		expect(result.failedAttempts).toMatchObject([{ waitedMs: ms }]);
		expect(server.stats.requests).toBe(2);
	});

	test('a wait of zero seconds names none, so the first backoff is waited', async () => {
		server.behave(({ attempt }) => (attempt === 1 ? rateLimited({ retryAfter: { seconds: 0 } }) : ok()));
		const { result, waits } = await callAnswered();
		expect(waits).toEqual([250]);
		expect(result.failedAttempts).toMatchObject([{ waitedMs: 250 }]);
		expect(server.stats.requests).toBe(2);
	});

	test('a wait longer than allowed fails the call at once, and the failure says how long it is', async () => {
		const { failure, waits } = await callThatMeets(rateLimited({ retryAfter: { seconds: 121 } }));
		expect(failure).toMatchObject({ kind: 'rate_limit', details: { retryAfterMs: 121_000 } });
		expect(failure.attempts).toEqual([{ status: 429, code: 'rate_limit_exceeded' }]);
		expect(waits).toEqual([]);
		expect(server.stats.requests).toBe(1);
	});

	test('a wait as long as the longest allowed is waited', async () => {
		server.behave(({ attempt }) => (attempt === 1 ? rateLimited({ retryAfter: { seconds: 120 } }) : ok()));
		const { result, waits } = await callAnswered();
		expect(waits).toEqual([120_000]);
		expect(result.choices[0].text).toBe('Reply to: Hi');
	});

	test('all waits of a call together stay within the longest', async () => {
		const named = await callThatMeets(rateLimited({ retryAfter: { seconds: 2 } }), {
			maxWaitMs: 5000,
			maxRetries: 5,
		});
		expect(named.waits).toEqual([2000, 2000]);
		expect(named.failure.details.retryAfterMs).toBe(2000);

		const ours = await callThatMeets(fail({ status: 500 }), { maxWaitMs: 700 });
		expect(ours.waits).toEqual([250]);
		expect(ours.failure.details).not.toHaveProperty('retryAfterMs');
	});

	test('a failure has retryAfterMs only when it is the reason to give up', async () => {
		const { failure } = await callThatMeets(rateLimited({ retryAfter: { seconds: 2 } }));
		expect(failure.details).not.toHaveProperty('retryAfterMs');
	});
});

describe('backoff', () => {
	const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

	test('a backoff can lie anywhere between 0 and min(30 s, 0.5 s · 2ⁿ)', () => {
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

	test('the backoff doubles from one request to the next, up to half a minute', async () => {
		server.behave(() => fail({ status: 500 }));
		const { failure, waits } = await callFailing({ maxRetries: 8 }, undefined, stoppedClock(0.999999));
		expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
		expect(failure.attempts.map(({ waitedMs }) => waitedMs)).toEqual([...waits, undefined]);
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

	test('attempts that failed before the reply are listed with it', async () => {
		server.behave(({ attempt }) => bumpyRoad[attempt - 1] ?? ok());
		const { result } = await callAnswered({ maxRetries: 5 });
		expect(result.failedAttempts).toStrictEqual(bumps);
		expect(server.stats.requests).toBe(5);
	});

	test('a final failure lists all attempts, and is that of the last', async () => {
		server.behave(({ attempt }) => bumpyRoad[attempt - 1] ?? faults.quotaExhausted());
		const { failure } = await callFailing({ maxRetries: 5 });
		expect(failure.kind).toBe('quota');
		expect(failure.attempts).toStrictEqual([...bumps, { status: 429, code: 'insufficient_quota' }]);
	});

	test('attempts end with the retries allowed', async () => {
		server.behave(({ attempt }) => bumpyRoad[attempt - 1] ?? ok());
		const { failure } = await callFailing({ maxRetries: 3 });
		expect(failure.kind).toBe('bad_reply');
		expect(failure.attempts).toStrictEqual([...bumps.slice(0, 3), { status: 200, code: 'provider_down' }]);
	});

	test('a call without retries makes one attempt', async () => {
		const { failure, waits } = await callThatMeets(fail({ status: 500 }), { maxRetries: 0 });
		expect(failure.attempts).toStrictEqual([{ status: 500 }]);
		expect(waits).toEqual([]);
		expect(server.stats.requests).toBe(1);
	});

	test('each attempt sends the same request', async () => {
		server.behave(({ index }) => (index < 2 ? fail({ status: 500 }) : ok()));
		await callAnswered();
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
	expect(failure.attempts).toMatchObject([{ code: 'TOTAL_TIMEOUT' }, { code: 'TOTAL_TIMEOUT' }]);
});
