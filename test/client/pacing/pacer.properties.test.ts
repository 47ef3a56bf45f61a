import fc from 'fast-check';
import { AdaptiveWindow } from '../../../client/pacing/adaptiveWindow';
import type { Outcome, Run } from '../../../client/pacing/pacer';
import { virtualPacer } from '../../support/virtualPacer';

// Short enough that nothing is forgotten in between.
const arrival = fc.nat(3000);
const latency = fc.integer({ min: 1, max: 2000 });
const kind = fc.constantFrom<Outcome['kind']>('answered', 'answered', 'rate_limited', 'overloaded', 'failed');
const waitMs = fc.option(fc.nat(5000), { nil: undefined });

test('runs take turns, and no more are under way than the window allows', async () => {
	const request = fc.record({ run: fc.nat(3), arrival, latency, outcome: fc.record({ kind, waitMs }) });
	const requestsPerMinute = fc.option(fc.constantFrom(60, 600), { nil: undefined });
	await fc.assert(
		fc.asyncProperty(fc.array(request, { maxLength: 60 }), requestsPerMinute, async (requests, perMinute) => {
			const { clock, acquire } = virtualPacer();
			const window = new AdaptiveWindow();
			let inFlight = 0;
			let tooMany = 0;
			let mostPassedBy = 0;
			const onStart = (run: WatchedRun) => {
				if (++inFlight > window.size) tooMany++;
				for (const other of runs) {
					if (other !== run && other.waiting > 0) mostPassedBy = Math.max(mostPassedBy, ++other.passedBy);
				}
			};
			const runs = Array.from({ length: 4 }, () => new WatchedRun(onStart));
			await clock.runUntil(
				Promise.all(
					requests.map(async ({ run, arrival, latency, outcome }) => {
						await clock.sleep(arrival);
						const { release } = await acquire({ run: runs[run], requestsPerMinute: perMinute });
						const startedAt = clock.now();
						await clock.sleep(latency);
						if (outcome.kind === 'answered') window.grow();
						else if (outcome.kind !== 'failed') window.shrink(startedAt, clock.now(), inFlight);
						inFlight--;
						release(outcome);
					}),
				),
			);
			expect(tooMany).toBe(0);
			expect(mostPassedBy).toBeLessThan(runs.length);
		}),
		{ numRuns: 200 },
	);
});

/** Tells when one of its requests starts, and counts how often others did since one of its own. */
class WatchedRun implements Run {
	passedBy = 0;
	private count = 0;

	constructor(private readonly onStart: (run: WatchedRun) => void) {}

	get waiting(): number {
		return this.count;
	}

	set waiting(count: number) {
		const started = count < this.count;
		if (started || this.count === 0) this.passedBy = 0;
		this.count = count;
		if (started) this.onStart(this);
	}
}

test('whatever happens, each request has a turn or leaves when cancelled, and none is left waiting', async () => {
	const headers = fc.dictionary(
		fc.constantFrom(
			...['limit', 'remaining', 'reset'].flatMap((what) => [
				`x-ratelimit-${what}-requests`,
				`x-ratelimit-${what}-tokens`,
			]),
		),
		fc.oneof(
			fc.integer({ min: -1, max: 10 }).map(String),
			fc.string(),
			fc.constantFrom('1s', '6m0s', '17ms'),
		),
	);
	const tokens = fc.option(fc.nat(100_000), { nil: undefined });
	const request = fc.record({
		run: fc.nat(2),
		arrival,
		latency,
		bytes: fc.integer({ min: 1, max: 100_000 }),
		maxWaitMs: fc.nat(10_000),
		requestsPerMinute: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
		tokensPerMinute: fc.option(fc.integer({ min: 100, max: 1e6 }), { nil: undefined }),
		cancelledAfter: fc.option(fc.nat(10_000), { nil: undefined }),
		outcome: fc.record({ kind, waitMs, headers, tokens }),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
			const { clock, pass, pacer } = virtualPacer();
			const runs: Run[] = Array.from({ length: 3 }, () => ({ waiting: 0 }));
			const one = async ({
				run,
				arrival,
				latency,
				cancelledAfter,
				outcome,
				...limits
			}: (typeof requests)[0]) => {
				await clock.sleep(arrival);
				const cancel = new AbortController();
				const cancelledAt = clock.now() + (cancelledAfter ?? Infinity);
				if (cancelledAfter !== undefined) void clock.sleep(cancelledAfter).then(() => cancel.abort());
				const turn = await pacer
					.acquire({ run: runs[run]!, ...limits }, cancel.signal)
					.catch(() => undefined);
				if (!turn) return expect(clock.now()).toBe(cancelledAt);
				expect(clock.now()).toBeLessThanOrEqual(cancelledAt);
				await clock.sleep(latency);
				turn.release(outcome);
			};
			await clock.runUntil(Promise.all(requests.map(one)));
			expect(runs).toEqual(runs.map(() => ({ waiting: 0 })));
			// The longest pause there is.
			await pass(30_000);
			expect(pacer.isIdle).toBe(true);
		}),
		{ numRuns: 200 },
	);
});
