import { RemainingLimit } from '../../../client/pacing/remainingLimit';

// Formats, order and gates pacing.headers.test shows.

const said = (remaining: number, limit = 100, unit = 'tokens') => ({
	[`x-ratelimit-limit-${unit}`]: String(limit),
	[`x-ratelimit-remaining-${unit}`]: String(remaining),
	[`x-ratelimit-reset-${unit}`]: '1s',
});

test('unknown until an answer says it', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.take(1e9);
	expect(tokens.waitMs(1e9, 0)).toBe(0);
});

test('what another limit says is another matter', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.observe(said(0, 100, 'requests'), 0, 0, 0);
	expect(tokens.waitMs(1, 0)).toBe(0);
});

test('what was taken after the request that says it is not left', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.take(30);
	const takenThen = tokens.taken;
	tokens.take(50);
	tokens.observe(said(70), 0, 0, takenThen);
	expect(tokens.waitMs(20, 0)).toBe(0);
	expect(tokens.waitMs(21, 0)).toBeGreaterThanOrEqual(1000);
	expect(tokens.waitMs(21, 400)).toBeGreaterThanOrEqual(600);
});

test('a limit of zero is none', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.observe(said(0, 0), 0, 0, 0);
	expect(tokens.waitMs(1e9, 2000)).toBe(0);
});

test('what was forgotten may be said again', () => {
	const tokens = new RemainingLimit('tokens');
	tokens.observe(said(0), 0, 0, 0);
	tokens.forget();
	expect(tokens.waitMs(1000, 0)).toBe(0);
	expect(tokens.waitMs(1000, 2000)).toBe(0);
	tokens.observe(said(10), 2000, 2000, 0);
	expect(tokens.waitMs(11, 2000)).toBeGreaterThanOrEqual(1000);
});

test('a date is compared with the date, however far the clock is from it', () => {
	const tokens = new RemainingLimit('tokens');
	const now = Date.UTC(2026, 0, 1);
	const reset = new Date(now + 5000).toISOString();
	tokens.observe({ ...said(0), 'x-ratelimit-reset-tokens': reset }, 17, now, 0);
	expect(Math.round(tokens.waitMs(1, 17) / 100)).toBe(50);
});
