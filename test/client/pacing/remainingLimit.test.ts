import { RemainingLimit } from '../../../client/pacing/remainingLimit';

// pacer.headers.test shows the formats, the order and how requests wait.

const limitHeaders = (remaining: number, limit = 100, unit = 'tokens') => ({
	[`x-ratelimit-limit-${unit}`]: String(limit),
	[`x-ratelimit-remaining-${unit}`]: String(remaining),
	[`x-ratelimit-reset-${unit}`]: '1s',
});

test('a limit is unknown until an answer says it', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.take(1e9);
	expect(tokens.waitMs(1e9, 0)).toBe(0);
});

test('the headers of another limit change nothing', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.observe(limitHeaders(0, 100, 'requests'), 0, 0, 0);
	expect(tokens.waitMs(1, 0)).toBe(0);
});

test('what was taken after the answered request was sent is not left', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.take(30);
	const takenThen = tokens.taken;
	tokens.take(50);
	tokens.observe(limitHeaders(70), 0, 0, takenThen);
	expect(tokens.waitMs(20, 0)).toBe(0);
	expect(tokens.waitMs(21, 0)).toBeGreaterThanOrEqual(1000);
	expect(tokens.waitMs(21, 400)).toBeGreaterThanOrEqual(600);
});

test('a limit of zero is no limit', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.observe(limitHeaders(0, 0), 0, 0, 0);
	expect(tokens.waitMs(1e9, 2000)).toBe(0);
});

test('a limit that was forgotten is known again when an answer says it', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.observe(limitHeaders(0), 0, 0, 0);
	tokens.forget();
	expect(tokens.waitMs(1000, 0)).toBe(0);
	expect(tokens.waitMs(1000, 2000)).toBe(0);
	tokens.observe(limitHeaders(10), 2000, 2000, 0);
	expect(tokens.waitMs(11, 2000)).toBeGreaterThanOrEqual(1000);
});

test('a reset date is compared with the date, however far the clock is from it', () => {
	const tokens = new RemainingLimit('tokens');
	const now = Date.UTC(2026, 0, 1);
	const reset = new Date(now + 5000).toISOString();
	tokens.observe({ ...limitHeaders(0), 'x-ratelimit-reset-tokens': reset }, 17, now, 0);
	expect(Math.round(tokens.waitMs(1, 17) / 100)).toBe(50);
});
