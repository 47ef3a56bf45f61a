import { getEventListeners } from 'node:events';
import type { CallOptions } from '../../client/call';
import { systemClock, type Clock } from '../../client/core/clock';
import { createTransport } from '../../client/http/transport';
import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { Behaviour } from '../support/faultServer';
import { guard, postTo } from '../support/transportCalls';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok } = faults;

const server = useFaultServer();

/** Real time; what waits by backoff does not wait. */
const clock: Clock = { ...systemClock, random: () => 0 };
const ask = (more: Partial<CallOptions>) => connect(server, { clock }).completeChat(request(), options(more));

/** undici's timers are coarse: less would end no sooner. */
const SHORT = 1000;

describe('the total time-out', () => {
	const tooLong = (totalTimeoutMs: number) => ({
		kind: 'timeout',
		message: `No reply within ${totalTimeoutMs} ms`,
		details: { code: 'TOTAL_TIMEOUT' },
	});

	test('the total time-out ends a call that waits for its turn', async () => {
		await ask({ requestsPerMinute: 1 });
		const run = { waiting: 0 };
		const failure = await failureOf(ask({ requestsPerMinute: 1, totalTimeoutMs: 50, run }));
		expect(failure).toMatchObject(tooLong(50));
		expect(failure.attempts).toEqual([]);
		expect(run.waiting).toBe(0);
		expect(server.stats.requests).toBe(1);
	});

	test('the total time-out ends a call between two attempts', async () => {
		server.behave(() => faults.rateLimited({ retryAfter: { seconds: 60 } }));
		const run = { waiting: 0 };
		const failure = await failureOf(ask({ totalTimeoutMs: 1500, run }));
		expect(failure).toMatchObject(tooLong(1500));
		expect(failure.attempts).toMatchObject([{ status: 429, code: 'rate_limit_exceeded' }]);
		expect(run.waiting).toBe(0);
		expect(server.stats.requests).toBe(1);
	});

	test.each<[string, Behaviour]>([
		['before the answer', faults.hangBeforeHeaders()],
		['in the answer', faults.hangMidBody()],
		['in a slow answer', faults.slowBody({ chunkBytes: 1, everyMs: 50 })],
	])('the total time-out ends a call %s, with the attempts so far', async (_, behaviour) => {
		server.behave(({ attempt }) => (attempt === 1 ? fail({ status: 500 }) : behaviour));
		const failure = await failureOf(ask({ totalTimeoutMs: 1500 }));
		expect(failure).toMatchObject(tooLong(1500));
		expect(failure.attempts).toEqual([{ status: 500, waitedMs: 0 }]);
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
		expect(server.stats).toMatchObject({ requests: 2, aborted: 1 });
	});

	test('the total time-out counts over all fallback models', async () => {
		server.behave(({ body }) =>
			(body as { model: string }).model === 'gpt-4o' ? fail({ status: 503 }) : faults.hangBeforeHeaders(),
		);
		const failure = await failureOf(ask({ totalTimeoutMs: 1500, maxRetries: 0, fallbackModels: ['b', 'c'] }));
		expect(failure).toMatchObject(tooLong(1500));
		expect(failure.attempts).toEqual([{ model: 'gpt-4o', status: 503 }]);
		expect(server.stats.requests).toBe(2);
	});

	test('a call within the total time-out succeeds and leaves no listener behind', async () => {
		const abortSignal = new AbortController().signal;
		const stopSignal = new AbortController().signal;
		server.behave(({ attempt }) => (attempt === 1 ? fail({ status: 500 }) : ok({ text: 'In time' })));
		const result = await ask({ totalTimeoutMs: 20_000, abortSignal, stopSignal });
		expect(result.choices[0].text).toBe('In time');
		expect(result.failedAttempts).toEqual([{ status: 500, waitedMs: 0 }]);
		expect(getEventListeners(abortSignal, 'abort')).toEqual([]);
		expect(getEventListeners(stopSignal, 'abort')).toEqual([]);
	});

	test('a stop lets the request under way finish when there is a total time-out', async () => {
		server.behave(() => ok({ text: 'Paid', latencyMs: 100 }));
		const noMore = new AbortController();
		const call = ask({
			totalTimeoutMs: 20_000,
			abortSignal: new AbortController().signal,
			stopSignal: noMore.signal,
		});
		await until('the request is under way', () => server.stats.inFlight === 1);
		noMore.abort(new Error('Another item ended the run'));
		expect((await call).choices[0].text).toBe('Paid');
	});
});

test.each<{ name: string; limits: Partial<CallOptions>; silence: Behaviour; code: string }>([
	{
		name: 'the first token',
		limits: { firstTokenTimeoutMs: SHORT },
		silence: faults.hangBeforeHeaders(),
		code: 'UND_ERR_HEADERS_TIMEOUT',
	},
	{
		name: 'a sign of life',
		limits: { idleTimeoutMs: SHORT },
		silence: faults.hangMidBody(),
		code: 'UND_ERR_BODY_TIMEOUT',
	},
])('the time until $name ends an attempt, and another is made', async ({ limits, silence, code }) => {
	server.behave(({ attempt }) => (attempt === 1 ? silence : ok({ text: 'Awake' })));
	const result = await ask({ maxRetries: 1, ...limits });
	expect(result.choices[0].text).toBe('Awake');
	expect(result.failedAttempts).toEqual([{ code, waitedMs: 0 }]);
	expect(server.stats).toMatchObject({ requests: 2, aborted: 1 });
});

test('an answer that keeps coming may take longer than the first-token and idle time-outs', async () => {
	// Some 500 bytes in two seconds.
	server.behave(() => faults.slowBody({ text: 'Slow', chunkBytes: 28, everyMs: 100 }));
	const result = await ask({ maxRetries: 0, firstTokenTimeoutMs: SHORT, idleTimeoutMs: SHORT });
	expect(result.choices[0].text).toBe('Slow');
});

test('the connect time-out ends an attempt', async () => {
	// A resolver that never answers: the connection is never made.
	const nowhere = guard({ createSecureLookup: () => () => {} });
	await expect(createTransport(nowhere, SHORT).send(postTo('http://nowhere.test/'))).rejects.toMatchObject({
		kind: 'timeout',
		details: { code: 'UND_ERR_CONNECT_TIMEOUT' },
	});
});

describe('cancel with all time-outs set', () => {
	const limits: Partial<CallOptions> = {
		totalTimeoutMs: 20_000,
		firstTokenTimeoutMs: 20_000,
		idleTimeoutMs: 20_000,
	};
	const reason = new Error('The user pressed stop');

	test.each<[string, Partial<CallOptions>, Behaviour]>([
		['that waits for its turn', { requestsPerMinute: 1 }, ok()],
		['between two attempts', {}, faults.rateLimited({ retryAfter: { seconds: 60 } })],
		['before the answer', {}, faults.hangBeforeHeaders()],
		['in the answer', {}, faults.hangMidBody()],
	])('a cancel with all time-outs set ends a call %s', async (_, more, behaviour) => {
		if (more.requestsPerMinute) await ask(more);
		server.behave(() => behaviour);
		const cancel = new AbortController();
		const run = { waiting: 0 };
		const rejected = expect(ask({ ...limits, ...more, run, abortSignal: cancel.signal })).rejects.toBe(
			reason,
		);
		await until('it waits or is under way', () => run.waiting === 1 || server.stats.inFlight === 1);
		cancel.abort(reason);
		await rejected;
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
		expect(run.waiting).toBe(0);
		expect(server.stats.requests).toBe(1);
	});
});
