import { getEventListeners } from 'node:events';
import type { PacedRequest, Run } from '../../../client/pacing/pacer';
import { ANSWERED, virtualPacer } from '../../support/virtualPacer';

// pacer.rates.test shows what is found out about a limit.

describe('turns', () => {
	test('no request waits as long as no limit is known', async () => {
		const { acquire, run, elapsed } = virtualPacer();
		await Promise.all(Array.from({ length: 1000 }, () => acquire()));
		expect([run.waiting, elapsed()]).toEqual([0, 0]);
	});

	test.each<[string, Partial<PacedRequest>]>([
		['a limit', { requestsPerMinute: 600 }],
		['places', {}],
	])('a run of 5 is not kept waiting for %s by one of 5,000', async (_, limits) => {
		const { clock, pass, acquire } = virtualPacer();
		(await acquire()).release({ kind: 'overloaded' });
		const order: Run[] = [];
		const ask = async (run: Run) => {
			const { release } = await acquire({ run, ...limits });
			order.push(run);
			await clock.sleep(100);
			release(ANSWERED);
		};
		const [many, few] = [{ waiting: 0 }, { waiting: 0 }];
		for (let i = 0; i < 5000; i++) void ask(many);
		await pass(5000);
		const before = order.length;
		await clock.runUntil(Promise.all(Array.from({ length: 5 }, () => ask(few))));
		const between = order.slice(before, order.lastIndexOf(few)).filter((run) => run === many);
		expect(between.length).toBeLessThanOrEqual(5);
		expect(many.waiting).toBeGreaterThan(3000);
	});

	test('within a run, the request that came first goes first', async () => {
		const { clock, acquire } = virtualPacer();
		const order: number[] = [];
		const ask = async (item: number) => {
			await acquire({ requestsPerMinute: 60 });
			order.push(item);
		};
		await clock.runUntil(Promise.all([0, 1, 2, 3].map(ask)));
		expect(order).toEqual([0, 1, 2, 3]);
	});

	test('a request that must wait long does not hold up another run', async () => {
		const { acquire, startOf } = virtualPacer();
		(await acquire({ requestsPerMinute: 1 })).release(ANSWERED);
		// Sets an alarm a minute from now.
		const slow = acquire({ requestsPerMinute: 1 });
		(await acquire({ run: { waiting: 0 }, requestsPerMinute: 6 })).release(ANSWERED);
		expect(await startOf(acquire({ run: { waiting: 0 }, requestsPerMinute: 6 }))).toBe(10_000);
		expect(await startOf(slow)).toBe(60_000);
	});

	test('a turn that ends several times gives back one place', async () => {
		const { acquire, run, pass } = virtualPacer();
		(await acquire()).release({ kind: 'overloaded' });
		const first = await acquire();
		void acquire();
		void acquire();
		expect(run.waiting).toBe(2);
		// It would also halve the window, and pause the others.
		first.release({ kind: 'failed' });
		first.release({ kind: 'failed' });
		first.release({ kind: 'rate_limited', waitMs: 60_000 });
		await pass(0);
		expect(run.waiting).toBe(1);
	});

	test('`waiting` counts the requests that wait in each run', async () => {
		const { pass, acquire } = virtualPacer();
		const [one, other] = [{ waiting: 0 }, { waiting: 0 }];
		const cancel = new AbortController();
		const left = expect(acquire({ run: one, requestsPerMinute: 6 })).resolves.toBeDefined();
		for (let i = 0; i < 3; i++) void acquire({ run: one, requestsPerMinute: 6 });
		void acquire({ run: other, requestsPerMinute: 6 });
		const cancelled = expect(
			acquire({ run: other, requestsPerMinute: 6 }, cancel.signal),
		).rejects.toBeDefined();
		expect([one.waiting, other.waiting]).toEqual([3, 2]);
		cancel.abort();
		expect([one.waiting, other.waiting]).toEqual([3, 1]);
		const counts = [];
		for (let i = 0; i < 4; i++) {
			await pass(10_000);
			counts.push([one.waiting, other.waiting]);
		}
		expect(counts).toEqual([
			[2, 1],
			[2, 0],
			[1, 0],
			[0, 0],
		]);
		await Promise.all([left, cancelled]);
	});
});

describe('cancel', () => {
	const reason = new Error('The user pressed stop');

	test('a request cancelled before it waits does not wait', async () => {
		const { acquire, run } = virtualPacer();
		await expect(acquire({}, AbortSignal.abort(reason))).rejects.toBe(reason);
		expect(run.waiting).toBe(0);
	});

	test.each([0, 1, 2])(
		'number %i of three that is cancelled leaves at once, and the others go on',
		async (which) => {
			const { clock, elapsed, acquire, startOf, run } = virtualPacer();
			(await acquire({ requestsPerMinute: 6 })).release(ANSWERED);
			const cancels = [0, 1, 2].map(() => new AbortController());
			const turns = cancels.map(({ signal }) => acquire({ requestsPerMinute: 6 }, signal));
			const left = expect(turns[which]).rejects.toBe(reason);
			cancels[which]!.abort(reason);
			await clock.runUntil(left);
			expect([elapsed(), run.waiting]).toEqual([0, 2]);
			const others = turns.filter((_, index) => index !== which);
			expect(await startOf(others[0]!)).toBe(10_000);
			expect(await startOf(others[1]!)).toBe(20_000);
		},
	);

	test('a cancel of the last waiting request turns the alarm off', async () => {
		const { clock, acquire } = virtualPacer();
		(await acquire({ requestsPerMinute: 6 })).release(ANSWERED);
		const cancel = new AbortController();
		const left = expect(acquire({ requestsPerMinute: 6 }, cancel.signal)).rejects.toBe(reason);
		cancel.abort(reason);
		await left;
		await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow('nobody sleeps');
	});

	test('a cancel after the turn changes nothing, and no listener is left', async () => {
		const { acquire, run } = virtualPacer();
		const cancel = new AbortController();
		(await acquire({}, cancel.signal)).release(ANSWERED);
		expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
		cancel.abort(reason);
		expect(run.waiting).toBe(0);
	});
});

describe('a rate limit', () => {
	test('a rate limit pauses all runs that use the key, as long as the server says', async () => {
		const { acquire, pass, startOf } = virtualPacer();
		const [refused, answered] = await Promise.all([acquire(), acquire()]);
		await pass(5);
		refused.release({ kind: 'rate_limited', waitMs: 3000 });
		answered.release(ANSWERED);
		expect(await startOf(acquire({ run: { waiting: 0 } }))).toBe(3005);
	});

	test('a rate limit is not over before the longest wait named', async () => {
		const { acquire, startOf } = virtualPacer();
		const [one, other] = await Promise.all([acquire(), acquire()]);
		one.release({ kind: 'rate_limited', waitMs: 3000 });
		other.release({ kind: 'rate_limited', waitMs: 1000 });
		expect(await startOf(acquire())).toBe(3000);
	});

	test.each([undefined, 0])(
		'a rate limit that names the wait %p pauses longer each time, until an answer',
		async (waitMs) => {
			const { acquire, clock, pass, elapsed } = virtualPacer();
			let current = await acquire();
			const pause = async () => {
				const refusedAt = elapsed();
				current.release({ kind: 'rate_limited', waitMs });
				current = await clock.runUntil(acquire());
				return elapsed() - refusedAt;
			};
			expect([await pause(), await pause(), await pause(), await pause()]).toEqual([500, 500, 1000, 2000]);
			current.release(ANSWERED);
			// By then the rate that the refusals taught is forgotten.
			await pass(10_001);
			current = await acquire();
			expect(await pause()).toBe(500);
		},
	);

	test('a rate limit pauses half a second at least, until the rate is known', async () => {
		const { clock, pass, acquire, elapsed } = virtualPacer();
		const pauses = [];
		for (let refusals = 0; refusals < 3; refusals++) {
			(await clock.runUntil(acquire())).release({ kind: 'rate_limited', waitMs: 20 });
			const refusedAt = elapsed();
			for (let answers = 0; answers < 10; answers++) {
				const { release } = await clock.runUntil(acquire());
				if (answers === 0) pauses.push(elapsed() - refusedAt);
				await pass(50);
				release(ANSWERED);
			}
		}
		expect(pauses.slice(0, 2)).toEqual([500, 500]);
		expect(pauses[2]).toBeLessThan(200);
	});

	test('a rate limit longer than a call may wait does not hold the call back', async () => {
		const { acquire, startOf } = virtualPacer();
		(await acquire()).release({ kind: 'rate_limited', waitMs: 60_000 });
		const other = acquire({ run: { waiting: 0 }, maxWaitMs: 60_000 });
		(await acquire({ maxWaitMs: 59_999 })).release({ kind: 'failed' });
		expect(await startOf(other)).toBe(60_000);
	});

	test('a wait that another failure names pauses no request', async () => {
		const { acquire, startOf } = virtualPacer();
		(await acquire()).release({ kind: 'failed', waitMs: 3000 });
		expect(await startOf(acquire())).toBe(0);
	});
});

describe('the window', () => {
	test.each([
		['overloaded', { kind: 'overloaded' }],
		['rate_limited', { kind: 'rate_limited', waitMs: 1 }],
	] as const)(
		'the window is halved once by a burst of %s, and grows by one per clean window',
		async (_, refusal) => {
			const { acquire, pass, run } = virtualPacer();
			const burst = await Promise.all(Array.from({ length: 10 }, () => acquire()));
			await pass(5);
			for (const { release } of burst) release(refusal);
			await pass(1000);

			const sizes = [];
			let turns = Array.from({ length: 50 }, () => acquire());
			for (let round = 0; round < 4; round++) {
				const size = turns.length - run.waiting;
				sizes.push(size);
				for (const started of turns.slice(0, size)) (await started).release(ANSWERED);
				// As many as were answered have started, and one more.
				turns = turns.slice(size);
			}
			expect(sizes).toEqual([5, 6, 7, 8]);
		},
	);

	test('the window does not shrink with a failure', async () => {
		const { acquire, run } = virtualPacer();
		for (const { release } of await Promise.all([acquire(), acquire(), acquire()]))
			release({ kind: 'failed' });
		await Promise.all([acquire(), acquire(), acquire()]);
		expect(run.waiting).toBe(0);
	});
});

/** How many start at once after ten that were too many. */
const startedAfter = async (idleMs: number) => {
	const { acquire, run, pass } = virtualPacer();
	const turns = await Promise.all(Array.from({ length: 10 }, () => acquire()));
	await pass(5);
	for (const { release } of turns) release({ kind: 'overloaded' });
	await pass(idleMs);
	for (let i = 0; i < 10; i++) void acquire();
	return 10 - run.waiting;
};

test('the window of a busy key is remembered for ten idle seconds, and then forgotten', async () => {
	expect(await startedAfter(10_000)).toBe(5);
	expect(await startedAfter(10_001)).toBe(10);
});
