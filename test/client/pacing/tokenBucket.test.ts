import fc from 'fast-check';
import { TokenBucket } from '../../../client/pacing/tokenBucket';

// pacer.limits.test shows how requests keep to it.

test('the first request may go at once, the next when its share of the minute has come', () => {
	const limit = new TokenBucket(60, 1000);
	expect(limit.waitMs(1000)).toBe(0);
	limit.take(1, 1000);
	expect(limit.waitMs(1000)).toBeCloseTo(1000);
	expect(limit.waitMs(1400)).toBeCloseTo(600);
	expect(limit.waitMs(2000)).toBeCloseTo(0);
});

test('tokens taken on credit are paid back before anything else goes', () => {
	const limit = new TokenBucket(60, 0);
	limit.take(11, 0);
	expect(limit.waitMs(0)).toBeCloseTo(11_000);
	// A correction.
	limit.take(-10, 0);
	expect(limit.waitMs(0)).toBeCloseTo(1000);
});

test('tokens given back are not saved up', () => {
	const limit = new TokenBucket(60, 0);
	limit.take(-100, 0);
	limit.take(2, 0);
	expect(limit.waitMs(0)).toBeGreaterThan(1900);
});

test('a timer that fires up to 50 ms late loses nothing', () => {
	const limit = new TokenBucket(6000, 0);
	let taken = 0;
	for (let now = 0; now <= 10_000; now += 50) {
		while (limit.waitMs(now) <= 0) {
			limit.take(1, now);
			taken++;
		}
	}
	expect(taken).toBeGreaterThanOrEqual(1000);
});

test('a request that waits as long as told may go, and not much sooner', () => {
	const steps = fc.array(fc.tuple(fc.nat(100_000), fc.double({ min: 0, max: 5000, noNaN: true })));
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 1e6 }), steps, (perMinute, requests) => {
			const limit = new TokenBucket(perMinute, 0);
			let now = 0;
			for (const [pause, need] of requests) {
				now += pause;
				const wait = limit.waitMs(now);
				if (wait > 1) expect(limit.waitMs(now + wait - 1)).toBeGreaterThan(0);
				now += wait;
				expect(limit.waitMs(now)).toBeLessThan(0.01);
				limit.take(need, now);
			}
		}),
	);
});
