import fc from 'fast-check';
import { ApiFailure } from '../../../client/core/errors';
import { parseReset, retryAfterMs } from '../../../client/http/retryAfter';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const waitOf = (headers: Record<string, string>, message = 'Slow down') =>
	retryAfterMs(new ApiFailure('rate_limit', message, { status: 429, headers }), NOW);
const inMs = (ms: number) => new Date(NOW + ms);

test('a failure without an answer asks for no wait', () => {
	expect(retryAfterMs(new ApiFailure('connection', 'socket hang up'), NOW)).toBeUndefined();
});

describe('retry-after-ms', () => {
	test.each<[string, number | undefined]>([
		['20', 20],
		['1500.5', 1500.5],
		[' 7 ', 7],
		['0', 0],
		[String(DAY), DAY],
		[String(7 * DAY), 7 * DAY],
		[String(365 * DAY), 7 * DAY],
		['-1', undefined],
		['1e3', undefined],
		['soon', undefined],
		['', undefined],
	])('retry-after-ms "%s" is a wait of %p ms', (value, ms) => {
		expect(waitOf({ 'retry-after-ms': value })).toBe(ms);
	});
});

describe('retry-after', () => {
	test.each<[string, string, number | undefined]>([
		['seconds', '3', 3000],
		['a fraction', '1.5', 1500],
		['zero', '0', 0],
		['spaces', ' 3 ', 3000],
		['a day', '86400', DAY],
		['an HTTP date', inMs(7000).toUTCString(), 7000],
		['a date in an old form', 'Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
		['an ISO date', inMs(7000).toISOString(), 7000],
		['a past date', inMs(-HOUR).toUTCString(), 0],
		['a date in two days', inMs(2 * DAY).toUTCString(), 2 * DAY],
		['more than a day', '86401', 86_401_000],
		['an asctime date, in GMT', 'Thu Jan  1 12:00:07 2026', 7000],
		['garbage that begins like no date', 'soon 1', undefined],
		['an absurd number, cut to a week', '99999999999999', 7 * DAY],
		['a negative number', '-1', undefined],
		['a header sent twice', '1, 2', 1000],
		['a word', 'soon', undefined],
		['nothing', '', undefined],
		['infinity', 'Infinity', undefined],
	])('retry-after with %s, "%s", is a wait of %p ms', (_, value, ms) => {
		expect(waitOf({ 'retry-after': value })).toBe(ms);
	});
});

describe('x-ratelimit-reset', () => {
	const limit = (unit: string, remaining: string, reset: string) => ({
		[`x-ratelimit-remaining-${unit}`]: remaining,
		[`x-ratelimit-reset-${unit}`]: reset,
	});

	test.each(['requests', 'tokens'])('x-ratelimit-reset counts when no %s remain', (unit) => {
		expect(waitOf(limit(unit, '0', '6m0s'))).toBe(6 * MINUTE);
	});

	test.each(['1', '59', '-1', 'unknown'])('x-ratelimit-reset is no wait when %s remain', (remaining) => {
		expect(waitOf(limit('requests', remaining, '6m0s'))).toBeUndefined();
	});

	test('x-ratelimit-reset is no wait when it is unknown how many remain', () => {
		expect(waitOf({ 'x-ratelimit-reset-requests': '6m0s' })).toBeUndefined();
	});

	test('of two limits used up, the later reset counts', () => {
		const requests = limit('requests', '0', '2s');
		expect(waitOf({ ...requests, ...limit('tokens', '0', '30s') })).toBe(30_000);
		expect(waitOf({ ...requests, ...limit('tokens', '5', '30s') })).toBe(2000);
		expect(waitOf({ ...requests, ...limit('tokens', '0', 'soon') })).toBe(2000);
	});
});

describe('parseReset', () => {
	test.each<[string, string, number | undefined]>([
		['milliseconds', '17ms', 17],
		['seconds', '1s', 1000],
		['a fraction', '8.64s', 8640],
		['minutes', '6m0s', 6 * MINUTE],
		['hours', '1h2m3.5s', HOUR + 2 * MINUTE + 3500],
		['a day', '1d', DAY],
		['nothing left', '0s', 0],
		['bare seconds', '12', 12_000],
		['a fraction of a second', '0.5', 500],
		['spaces', ' 12 ', 12_000],
		['seconds since the epoch', String(NOW / 1000 + 5), 5000],
		['a fraction of them', String(NOW / 1000 + 0.25), 250],
		['milliseconds since the epoch', String(NOW + 1234), 1234],
		['a past second', String(NOW / 1000 - 5), 0],
		['a past millisecond', String(NOW - 5), 0],
		['an ISO date', inMs(90_000).toISOString(), 90_000],
		['an ISO date of another zone', '2026-01-01T14:00:05+02:00', 5000],
		['a past ISO date', '2025-12-31T00:00:00Z', 0],
		['more than a day', '25h', undefined],
		['a date in a year', '2027-01-01T00:00:00Z', undefined],
		['a date that is none', '2026-13-45T00:00:00Z', undefined],
		['a negative number', '-5', undefined],
		['a negative duration', '-5s', undefined],
		['a unit without a number', 's', undefined],
		['an unknown unit', '5w', undefined],
		['something behind it', '5s later', undefined],
		['nothing', '', undefined],
	])('a reset with %s, "%s", is a wait of %p ms', (_, value, ms) => {
		expect(parseReset(value, NOW)).toBe(ms);
	});

	test('a reset header that is missing is no wait', () => {
		expect(parseReset(undefined, NOW)).toBeUndefined();
	});
});

describe('the message', () => {
	test.each<[string, number | undefined]>([
		['Rate limit reached. Please try again in 2.5s. Visit https://example.com', 2500],
		['Please try again in 17ms.', 17],
		['Please try again in 1m30s.', 90_000],
		['Please try again in 7m12.5s', 432_500],
		['Please try again in 1h2m3s, thank you', 3_723_000],
		['Please retry after 26 seconds.', 26_000],
		['Please retry after 1 second.', 1000],
		['Please retry in 45.123s.', 45_123],
		['TRY AGAIN IN 2 MINUTES', 2 * MINUTE],
		['Try again in 1 hour', HOUR],
		['try again in 250 milliseconds', 250],
		['try again in 25 hours', 25 * HOUR],
		['try again in 20 s', 20_000],
		['Try again in 1h 30m.', 90 * 60_000],
		['try again in 1 minute and 30 seconds', 90_000],
		['try again in 2 days', 2 * DAY],
		['try again in 5 min', 300_000],
		['Please try again in a while', undefined],
		['Please try again later', undefined],
		['It took 5s', undefined],
		['try again in 5sheep', undefined],
	])('the message "%s" names a wait of %p ms', (message, ms) => {
		expect(waitOf({}, message)).toBe(ms);
	});
});

test('the first wait found wins: of headers before the message', () => {
	const headers: Record<string, string> = {
		'retry-after-ms': '1',
		'retry-after': '2',
		'x-ratelimit-remaining-tokens': '0',
		'x-ratelimit-reset-tokens': '3s',
	};
	const found = () => waitOf(headers, 'Please try again in 4s');
	expect(found()).toBe(1);
	headers['retry-after-ms'] = 'garbage';
	expect(found()).toBe(2000);
	headers['retry-after'] = 'garbage';
	expect(found()).toBe(3000);
	headers['x-ratelimit-reset-tokens'] = 'garbage';
	expect(found()).toBe(4000);
});

test('whatever a server sends, the wait is none or between 0 and a week', () => {
	const value = fc.oneof(
		fc.string(),
		fc.integer().map(String),
		fc.double().map(String),
		fc.date().map(String),
		fc.stringMatching(/^(\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)){1,3}$/),
	);
	const headers = fc.record(
		{
			'retry-after-ms': value,
			'retry-after': value,
			'x-ratelimit-remaining-requests': fc.constant('0'),
			'x-ratelimit-reset-requests': value,
		},
		{ requiredKeys: [] },
	);
	fc.assert(
		fc.property(headers, value, (given, words) => {
			const ms = waitOf(given, `try again in ${words}`) ?? 0;
			expect(ms).toBeGreaterThanOrEqual(0);
			expect(ms).toBeLessThanOrEqual(7 * DAY);
		}),
		{ numRuns: 500 },
	);
});
