import { LearnedRate } from '../../../client/pacing/learnedRate';

// pacer.rates.test shows how close the rate comes to what an account allows.

/** Sends so many, one every so many milliseconds, and meets the limit with the next; says when. */
function sendUntilLimit(rate: LearnedRate, from: number, count: number, everyMs: number): number {
	let now = from;
	for (let i = 0; i < count; i++) rate.sent((now += everyMs), true);
	now += everyMs;
	rate.sent(now, true)();
	rate.limitReached(now, now, now);
	return now;
}

test('no rate is known before the limit was met twice', () => {
	const rate = new LearnedRate();
	for (let i = 0; i < 1000; i++) rate.sent(1000, true);
	expect(rate.waitMs(1000)).toBe(0);
	rate.limitReached(1000, 1005, 1005);
	expect(rate.waitMs(1005)).toBe(0);
});

test('the rate is what passed between two limits, without what met them', () => {
	const rate = new LearnedRate();
	const first = sendUntilLimit(rate, 0, 20, 100);
	const second = sendUntilLimit(rate, first, 19, 100);
	// 19 in two seconds, tried a little slower at first.
	const every = 2000 / 19;
	expect(rate.waitMs(second)).toBeGreaterThan(every);
	expect(rate.waitMs(second)).toBeLessThan(every * 1.02);
});

test('of many requests that meet a limit together only the first counts', () => {
	const rate = new LearnedRate();
	const first = sendUntilLimit(rate, 0, 20, 100);
	const second = sendUntilLimit(rate, first, 19, 100);
	const every = rate.waitMs(second);
	for (let i = 0; i < 5; i++) rate.limitReached(second, second + i, second);
	expect(rate.waitMs(second)).toBe(every);
});

test('a rate is tried with a little more the longer it holds, from the end of the pause on', () => {
	const rate = new LearnedRate();
	const first = sendUntilLimit(rate, 0, 20, 100);
	const second = sendUntilLimit(rate, first, 20, 100);
	const every = rate.waitMs(second);
	const pauseEnd = second + 5000;
	rate.limitReached(second, second, pauseEnd);
	const after = (seconds: number) => {
		const now = pauseEnd + seconds * 1000;
		// All that was saved up is used up.
		while (rate.waitMs(now) <= 0) rate.sent(now, true);
		rate.sent(now, true);
		const wait = rate.waitMs(now);
		rate.sent(now, true);
		return every / (rate.waitMs(now) - wait);
	};
	expect(after(0)).toBeCloseTo(1, 2);
	expect(after(3)).toBeCloseTo(1.01, 1);
	expect(after(10)).toBeGreaterThan(1.2);
	expect(after(20)).toBeGreaterThan(3);
});

test('a limit met before anything passed is an outage, and sets no rate', () => {
	const rate = new LearnedRate();
	let now = sendUntilLimit(rate, 0, 20, 100);
	for (let i = 0; i < 5; i++) now = sendUntilLimit(rate, now, 0, 3000);
	expect(rate.waitMs(now)).toBe(0);
	now = sendUntilLimit(rate, now, 20, 50);
	expect(rate.waitMs(now)).toBeLessThan(60);
});

test('the rate of a few requests counts, but does not outweigh that of many', () => {
	const rate = new LearnedRate();
	let now = sendUntilLimit(rate, 0, 20, 100);
	now = sendUntilLimit(rate, now, 3, 1000);
	expect(rate.waitMs(now)).toBeGreaterThan(900);
	now = sendUntilLimit(rate, now, 100, 50);
	const every = rate.waitMs(now);
	expect(every).toBeLessThan(100);
	now = sendUntilLimit(rate, now, 3, 10);
	expect(rate.waitMs(now)).toBeCloseTo(every);
});

test('the rate is the best of the last three', () => {
	const rate = new LearnedRate();
	let now = sendUntilLimit(rate, 0, 20, 100);
	const every = [];
	for (const everyMs of [50, 100, 100, 100, 100]) {
		now = sendUntilLimit(rate, now, 20, everyMs);
		every.push(Math.round(rate.waitMs(now) / 10) * 10);
	}
	expect(every).toEqual([50, 50, 50, 110, 110]);
});

test('a third of a second of the rate is saved up, but at least one request', () => {
	const startedAfter = (everyMs: number, idleMs: number) => {
		const rate = new LearnedRate();
		const first = sendUntilLimit(rate, 0, 20, everyMs);
		const now = sendUntilLimit(rate, first, 20, everyMs) + idleMs;
		// So that the time does not make it bolder.
		rate.limitReached(0, now, now);
		let started = 0;
		for (; rate.waitMs(now) <= 0; started++) rate.sent(now, true);
		return started;
	};
	expect(startedAfter(50, 60)).toBe(1);
	expect(startedAfter(50, 60_000)).toBe(5);
	expect(startedAfter(3000, 60_000)).toBe(1);
});

test('a time without requests to send does not lower the rate', () => {
	const rate = new LearnedRate();
	let now = sendUntilLimit(rate, 0, 20, 100);
	// Ten minutes later, and nothing held it back.
	rate.sent((now += 600_000), false);
	now = sendUntilLimit(rate, now, 20, 100);
	expect(rate.waitMs(now)).toBeLessThan(120);
});

test('even the lowest rate is soon tried with more', () => {
	const rate = new LearnedRate();
	const learned = sendUntilLimit(rate, sendUntilLimit(rate, 0, 20, 100), 1, 600_000);
	let now = learned;
	// As the pacer does: asks again when told to.
	for (let wait; (wait = rate.waitMs(now)) > 0;) now += wait;
	expect(now - learned).toBeLessThan(60_000);
});

test('limits met in a row do not lower the rate, as nothing was tried between them', () => {
	const rate = new LearnedRate();
	let now = sendUntilLimit(rate, 0, 20, 100);
	now = sendUntilLimit(rate, now, 1, 50);
	for (let i = 0; i < 8; i++) now = sendUntilLimit(rate, now, 0, 100);
	expect(rate.waitMs(now)).toBeLessThan(200);
});
