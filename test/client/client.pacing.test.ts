import type { CallOptions } from '../../client/call';
import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { recordingClock } from '../support/recordingClock';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok, rateLimited } = faults;

// The tests of the pacer show what it makes of these limits.

const server = useFaultServer();
let clock: ReturnType<typeof recordingClock>;
beforeEach(() => {
	clock = recordingClock({ startAt: Date.UTC(2026, 0, 1) });
});

const ask = (more: Partial<CallOptions> = {}, settings = {}) =>
	connect(server, { clock, ...settings }).completeChat(request(), options({ maxRetries: 0, ...more }));

/** The first request meets the behaviour, the others are answered. */
const meetFirst = (behaviour: faults.Behaviour) =>
	server.behave(({ index }) => (index === 0 ? behaviour : ok()));

test('the rate limit that a call meets pauses all calls with its key, and no others', async () => {
	meetFirst(rateLimited({ retryAfter: { seconds: 3 } }));
	await failureOf(ask());
	await ask({}, { apiKey: 'another' });
	expect(clock.waits).toEqual([]);
	await ask();
	expect(clock.waits).toEqual([3000]);
});

test('a wait too long for the call that met it is kept by calls that may wait so long', async () => {
	meetFirst(rateLimited({ retryAfter: { seconds: 60 } }));
	await failureOf(ask({ maxWaitMs: 1000 }));
	await ask();
	expect(clock.waits).toEqual([60_000]);
});

test('a pause is over once a call that ignored it gets an answer', async () => {
	meetFirst(rateLimited({ retryAfter: { seconds: 60 } }));
	await failureOf(ask());
	await clock.sleep(10);
	await ask({ maxWaitMs: 1000 });
	await ask();
	expect(clock.waits).toEqual([10]);
});

test('a wait too long for every call fails all of them at once', async () => {
	server.behave(() => rateLimited({ retryAfter: { seconds: 600 } }));
	const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(ask({ maxRetries: 5 }))));
	for (const failure of failures) expect(failure.details.retryAfterMs).toBe(600_000);
	expect(clock.waits).toEqual([]);
	expect(server.requests).toHaveLength(50);
});

test('a call stopped just when it gets its turn is not sent, and gives the turn back', async () => {
	meetFirst(rateLimited({ retryAfter: { seconds: 1 } }));
	await failureOf(ask());
	const stop = new AbortController();
	const { sleep } = clock;
	clock.sleep = (ms, signal) => {
		// After the pacer has woken, before the call knows.
		queueMicrotask(() => queueMicrotask(() => stop.abort(new Error('stopped'))));
		return sleep(ms, signal);
	};
	await expect(ask({ stopSignal: stop.signal })).rejects.toThrow('stopped');
	expect(server.requests).toHaveLength(1);
	// A turn that was kept would be missing now.
	await ask();
	expect(server.requests).toHaveLength(2);
});

test('a rate limit does not hold up another model of the same key', async () => {
	meetFirst(rateLimited({ retryAfter: { seconds: 60 } }));
	await failureOf(ask());
	await connect(server, { clock }).completeChat({ ...request(), model: 'another' }, options());
	expect(clock.waits).toEqual([]);
});

test('a call that may not wait as long as the pause asks the server how long', async () => {
	server.behave(() => rateLimited({ retryAfter: { seconds: 60 } }));
	await failureOf(ask());
	const failure = await failureOf(ask({ maxWaitMs: 1000, maxRetries: 1 }));
	expect(failure).toMatchObject({ kind: 'rate_limit', details: { retryAfterMs: 60_000 } });
	expect(clock.waits).toEqual([]);
});

test('an overloaded server gets fewer requests at once', async () => {
	const four = () => Promise.all([1, 2, 3, 4].map(() => ask().catch(() => {})));
	server.behave(async () => {
		await until('four are under way', () => server.stats.maxInFlight === 4);
		return fail({ status: 503 });
	});
	await four();
	expect(server.stats.maxInFlight).toBe(4);
	server.reset();
	server.behave(() => ok({ latencyMs: 50 }));
	await four();
	expect(server.stats).toMatchObject({ requests: 4, maxInFlight: 2 });
});

test.each([
	['an answer', ok],
	['a failure', () => fail({ status: 500 })],
])('what the headers of %s say is left is not overdrawn', async (_, behaviour) => {
	const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '7s' };
	const first = behaviour();
	meetFirst({ ...first, headers } as faults.Behaviour);
	await ask().catch(() => {});
	await ask();
	expect(clock.waits).toHaveLength(1);
	expect(clock.waits[0]).toBeGreaterThanOrEqual(7000);
});

test('the tokens that an answer used count towards the limit per minute', async () => {
	server.behave(() => ok({ usage: { prompt_tokens: 900, completion_tokens: 100, total_tokens: 1000 } }));
	await ask({ tokensPerMinute: 1000 });
	const before = clock.now();
	await ask({ tokensPerMinute: 1000 });
	expect(clock.now() - before).toBeGreaterThan(59_000);
});

test('a run counts its calls that wait, for their turn or to try again', async () => {
	const run = { waiting: 0 };
	const seen: number[] = [];
	const { sleep } = clock;
	clock.sleep = (ms, signal) => {
		seen.push(run.waiting);
		return sleep(ms, signal);
	};
	server.behave(({ index }) => (index < 2 ? fail({ status: 500 }) : ok()));
	await ask({ run, maxRetries: 2 });
	expect([seen, run.waiting]).toEqual([[1, 1], 0]);
	await ask({ run, requestsPerMinute: 1 });
	await ask({ run, requestsPerMinute: 1 });
	expect([seen, run.waiting]).toEqual([[1, 1, 1], 0]);
});
