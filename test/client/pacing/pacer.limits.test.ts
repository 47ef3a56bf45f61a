import fc from 'fast-check';
import type { Outcome, PacedRequest } from '../../../client/pacing/pacer';
import { ANSWERED, virtualPacer } from '../../support/virtualPacer';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A request or its tokens, and when it was sent. */
type Amount = { at: number; amount: number };

/** The most that was sent within any minute. */
function mostInAMinute(sent: Amount[]): number {
	let most = 0;
	let sum = 0;
	let first = 0;
	for (const { at, amount } of sent) {
		sum += amount;
		while (sent[first]!.at <= at - MINUTE) sum -= sent[first++]!.amount;
		most = Math.max(most, sum);
	}
	return most;
}

/** A pacer, and what is sent through it. */
function recording(tokensPerByte = 1 / 3.6) {
	const virtual = virtualPacer();
	const { clock, elapsed, acquire } = virtual;
	const sent: Amount[] = [];
	return {
		...virtual,
		sent,
		/** Ten at a time, each answered after a fifth of a second. */
		async sendAll(sizes: number[], limits: Partial<PacedRequest>): Promise<void> {
			let next = 0;
			const worker = async () => {
				while (next < sizes.length) {
					const bytes = sizes[next++]!;
					const { release } = await acquire({ bytes, ...limits });
					const tokens = Math.round(bytes * tokensPerByte);
					sent.push({ at: elapsed(), amount: limits.tokensPerMinute ? tokens : 1 });
					await clock.sleep(200);
					release({ ...ANSWERED, tokens });
				}
			};
			await Promise.all(Array.from({ length: 10 }, worker));
		},
	};
}

describe('requestsPerMinute', () => {
	test.each([1, 7, 60, 600])(
		'%i requests per minute are used fully, and not exceeded in any minute',
		async (requestsPerMinute) => {
			const { clock, elapsed, sent, sendAll, pass } = recording();
			const sizes = new Array<number>(3 * requestsPerMinute).fill(36);
			await clock.runUntil(sendAll(sizes, { requestsPerMinute }));
			expect(elapsed()).toBeLessThanOrEqual(3 * MINUTE + 200);
			// An idle hour saves nothing up.
			await pass(HOUR);
			await clock.runUntil(sendAll(sizes, { requestsPerMinute }));
			expect(sent).toHaveLength(6 * requestsPerMinute);
			expect(mostInAMinute(sent)).toBeLessThanOrEqual(requestsPerMinute + 1);
		},
	);

	test('runs with the same requestsPerMinute share it, others count for themselves', async () => {
		const { clock, sent, sendAll } = recording();
		const slow = { run: { waiting: 0 }, requestsPerMinute: 60 };
		const sizes = new Array<number>(30).fill(36);
		await clock.runUntil(
			Promise.all([
				sendAll(sizes, slow),
				sendAll(sizes, { ...slow, run: { waiting: 0 } }),
				sendAll(sizes, { run: { waiting: 0 }, requestsPerMinute: 600 }),
			]),
		);
		expect(sent.filter(({ at }) => at <= 2900)).toHaveLength(30 + 3);
		expect(sent.at(-1)!.at).toBeGreaterThanOrEqual(59_000);
		expect(sent.at(-1)!.at).toBeLessThan(59_100);
	});

	test('requestsPerMinute counts only what is sent, not what waits or leaves', async () => {
		const { acquire, startOf } = recording();
		await acquire({ requestsPerMinute: 6 });
		for (let i = 0; i < 20; i++) {
			const cancel = new AbortController();
			const left = expect(acquire({ requestsPerMinute: 6 }, cancel.signal)).rejects.toBeDefined();
			cancel.abort();
			await left;
		}
		expect(await startOf(acquire({ requestsPerMinute: 6 }))).toBe(10_000);
	});

	// An expression may make up a number for every item.
	test('no requestsPerMinute is forgotten as long as it owes something, however many there are', async () => {
		const { acquire, run } = recording();
		for (let requestsPerMinute = 1; requestsPerMinute <= 100; requestsPerMinute++)
			await acquire({ run: { waiting: 0 }, requestsPerMinute });
		void acquire({ requestsPerMinute: 1 });
		expect(run.waiting).toBe(1);
	});
});

describe('tokensPerMinute', () => {
	test('tokensPerMinute is kept and used fully by requests of any size, some larger than the limit', async () => {
		const size = fc.oneof(fc.integer({ min: 10, max: 500 }), fc.integer({ min: 10, max: 50_000 }));
		await fc.assert(
			fc.asyncProperty(
				fc.array(size, { minLength: 1, maxLength: 200 }),
				fc.integer({ min: 5000, max: 100_000 }),
				async (sizes, tokensPerMinute) => {
					const { clock, sent, sendAll, elapsed } = recording();
					await clock.runUntil(sendAll(sizes, { tokensPerMinute }));
					const largest = Math.max(...sent.map(({ amount }) => amount));
					// A thousandth is saved up while nothing is sent; the server rounds.
					expect(mostInAMinute(sent)).toBeLessThanOrEqual(tokensPerMinute * 1.001 + largest + 10);
					const total = sent.reduce((sum, { amount }) => sum + amount, 0);
					const lastAt = sent.at(-1)!.at;
					expect(lastAt).toBeLessThanOrEqual(
						(total / tokensPerMinute) * MINUTE * 1.01 + 20 * sizes.length + 200,
					);
					expect(elapsed()).toBe(lastAt + 200);
				},
			),
		);
	});

	test.each([1, 0.02])(
		'tokensPerMinute holds for what requests use, at %d tokens a byte, whatever was expected',
		async (perByte) => {
			const { clock, sent, sendAll, elapsed } = recording(perByte);
			const tokensPerMinute = 60_000 * perByte;
			await clock.runUntil(sendAll(new Array<number>(600).fill(1000), { tokensPerMinute }));
			// Until the first answers, what was expected counts.
			expect(mostInAMinute(sent)).toBeLessThanOrEqual(tokensPerMinute * 1.1);
			expect(elapsed()).toBeLessThanOrEqual(10 * MINUTE * 1.05);
		},
	);

	test.each<[string, Outcome, number]>([
		['tokens that were expected and not used are given back', { ...ANSWERED, tokens: 10 }, 0],
		['a request that fails counts with the tokens that were expected', { kind: 'failed' }, 100_000],
	])('%s', async (_, outcome, ms) => {
		const { acquire, clock, startOf, elapsed } = recording();
		const { release } = await clock.runUntil(acquire({ bytes: 36_000, tokensPerMinute: 6000 }));
		const sentAt = elapsed();
		release(outcome);
		const waited = (await startOf(acquire({ tokensPerMinute: 6000 }))) - sentAt;
		expect(waited).toBeGreaterThanOrEqual(ms);
		expect(waited).toBeLessThan(ms + 200);
	});
});

test('limits of zero hold nothing back', () => {
	const { acquire, run } = virtualPacer();
	for (let i = 0; i < 100; i++) void acquire({ requestsPerMinute: 0, tokensPerMinute: 0, bytes: 1e6 });
	expect(run.waiting).toBe(0);
});
