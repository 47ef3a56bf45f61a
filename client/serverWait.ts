import type { ApiFailure } from './errors';

/**
 * How long the server asks to wait before the next request, in milliseconds; undefined when it does not say.
 * First found wins: `retry-after-ms`, `retry-after` (seconds or an HTTP date), the reset time of a rate limit
 * that is used up, "try again in 2.5s" in the message.
 *
 * @param now milliseconds since the epoch, for waits given as a point in time.
 */
export function serverWaitMs(failure: ApiFailure, now: number): number | undefined {
	const headers = failure.details.headers ?? {};
	return (
		parseNumber(headers['retry-after-ms'], 1) ??
		parseNumber(headers['retry-after'], 1000) ??
		parseDate(headers['retry-after'], now) ??
		usedUpLimitResetMs(headers, now) ??
		waitInMessage(failure)
	);
}

/** No server means to keep us waiting for longer than a day: such a value is a mistake, and says nothing. */
const LONGEST_SENSIBLE_MS = 24 * 60 * 60 * 1000;

function sensible(ms: number): number | undefined {
	return Number.isFinite(ms) && ms >= 0 && ms <= LONGEST_SENSIBLE_MS ? ms : undefined;
}

function parseNumber(value: string | undefined, unitMs: number): number | undefined {
	return value !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(value)
		? sensible(Number(value) * unitMs)
		: undefined;
}

function parseDate(value: string | undefined, now: number): number | undefined {
	// A number is not a date, though Date.parse takes "-1" for a month.
	if (value === undefined || !/[a-z]/i.test(value)) return undefined;
	// A date already past, by a clock that runs apart from ours, means now.
	return sensible(Math.max(0, Date.parse(value) - now));
}

/** Of the limits (requests, tokens) that have nothing remaining, the one that resets last. */
function usedUpLimitResetMs(headers: Record<string, string>, now: number): number | undefined {
	const resets = ['requests', 'tokens']
		.filter((limit) => Number(headers[`x-ratelimit-remaining-${limit}`] ?? NaN) === 0)
		.map((limit) => parseReset(headers[`x-ratelimit-reset-${limit}`], now))
		.filter((ms) => ms !== undefined);
	return resets.length > 0 ? Math.max(...resets) : undefined;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A rate limit's reset time in every form seen: a duration as Go prints it ("6m0s", "17ms"), seconds, seconds or
 * milliseconds since the epoch, or an ISO date.
 */
export function parseReset(value: string | undefined, now: number): number | undefined {
	if (value === undefined) return undefined;
	const trimmed = value.trim();
	if (/^\d+(\.\d+)?$/.test(trimmed)) {
		const number = Number(trimmed);
		// Larger than any wait in seconds: a point in time.
		if (number > 1e12) return sensible(Math.max(0, number - now));
		if (number > 1e9) return sensible(Math.max(0, number * 1000 - now));
		return sensible(number * 1000);
	}
	if (/^\d{4}-\d\d-\d\dT/.test(trimmed)) return sensible(Math.max(0, Date.parse(trimmed) - now));
	return parseDuration(trimmed);
}

function parseDuration(value: string): number | undefined {
	if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) return undefined;
	let ms = 0;
	for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
		ms += Number(amount) * (UNIT_MS[unit!] ?? 0);
	}
	return sensible(ms);
}

/** "Please try again in 2.5s", "try again in 1m30s", "retry after 12 seconds". */
function waitInMessage(failure: ApiFailure): number | undefined {
	const match =
		/(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)\b/i.exec(failure.message) ??
		/(?:try again|retry) (?:in|after) (\d+(?:\.\d+)? ?(?:milliseconds?|seconds?|minutes?|hours?))/i.exec(
			failure.message,
		);
	if (!match?.[1]) return undefined;
	return parseDuration(
		match[1]
			.replace(/ ?milliseconds?/i, 'ms')
			.replace(/ ?seconds?/i, 's')
			.replace(/ ?minutes?/i, 'm')
			.replace(/ ?hours?/i, 'h'),
	);
}
