import type { ApiFailure } from '../core/errors';

/**
 * How long the server asks to wait before the next request, in milliseconds; undefined when it does not say.
 * First found wins: `retry-after-ms`, `retry-after` (seconds or an HTTP date), what the body asks for, the reset time
 * of a rate limit that is used up, "try again in 2.5s" in the message.
 *
 * @param now milliseconds since the epoch, for waits given as a point in time.
 */
export function retryAfterMs(failure: ApiFailure, now: number): number | undefined {
	const headers = failure.details.headers ?? {};
	return (
		parseNumber(headers['retry-after-ms'], 1) ??
		parseNumber(headers['retry-after'], 1000) ??
		parseDate(headers['retry-after'], now) ??
		sensible(failure.details.askedWaitMs ?? NaN) ??
		usedUpLimitResetMs(headers, now) ??
		waitInMessage(failure)
	);
}

/** Whatever is longer is longer than anyone waits, and than Node's timers can; it is cut to this. */
const LONGEST_MS = 7 * 24 * 60 * 60 * 1000;
/** Rate limits reset within a day. */
const LONGEST_RESET_MS = 24 * 60 * 60 * 1000;

function sensible(ms: number): number | undefined {
	return ms >= 0 ? Math.min(ms, LONGEST_MS) : undefined;
}

function sensibleReset(ms: number): number | undefined {
	return ms >= 0 && ms <= LONGEST_RESET_MS ? ms : undefined;
}

function parseNumber(value: string | undefined, unitMs: number): number | undefined {
	// A header sent twice is joined with a comma; the first counts.
	const number = /^\s*(\d+(?:\.\d+)?)\s*(?:,|$)/.exec(value ?? '')?.[1];
	return number === undefined ? undefined : sensible(Number(number) * unitMs);
}

/**
 * The three forms of a date in RFC 9110 section 5.6.7 begin with the day of the week, and all are in GMT; some
 * servers send an ISO date.
 */
function parseDate(value: string | undefined, now: number): number | undefined {
	if (value === undefined || !/^\s*(mon|tue|wed|thu|fri|sat|sun|\d{4}-\d\d-\d\dT)/i.test(value))
		return undefined;
	const date = Date.parse(/GMT|\dT\d/.test(value) ? value : `${value} GMT`);
	// A date already past, by a clock that runs apart from ours, means now.
	return sensible(Math.max(0, date - now));
}

/** The reset of the limits (requests, tokens) that have nothing remaining; the later one when both have nothing. */
function usedUpLimitResetMs(headers: Record<string, string>, now: number): number | undefined {
	// OpenRouter has one limit, without a name.
	const resets = ['-requests', '-tokens', '']
		.filter((limit) => /^\s*0+\s*$/.test(headers[`x-ratelimit-remaining${limit}`] ?? ''))
		.map((limit) => parseReset(headers[`x-ratelimit-reset${limit}`], now))
		.filter((ms) => ms !== undefined);
	return resets.length > 0 ? Math.max(...resets) : undefined;
}

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
		if (number > 1e12) return sensibleReset(Math.max(0, number - now));
		if (number > 1e9) return sensibleReset(Math.max(0, number * 1000 - now));
		return sensibleReset(number * 1000);
	}
	if (WHOLE_DURATION.test(trimmed)) return sensibleReset(durationMs(trimmed));
	return sensibleReset(parseDate(trimmed, now) ?? NaN);
}

const UNIT = '(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])';
const AMOUNT = `\\d+(?:\\.\\d+)?\\s*${UNIT}`;
const WHOLE_DURATION = new RegExp(`^(?:${AMOUNT})+$`, 'i');
const WAIT_IN_WORDS = new RegExp(
	`(?:try again|retry) (?:in|after)\\s+((?:${AMOUNT}[\\s,]*(?:and\\s+)?)+)`,
	'i',
);

/** "6m0s", "2.5s", "1 minute and 30 seconds". */
function durationMs(duration: string): number {
	let ms = 0;
	for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
		ms += Number(amount) * unitMs(unit!.toLowerCase());
	}
	return ms;
}

function unitMs(unit: string): number {
	if (unit === 'ms' || unit.startsWith('milli')) return 1;
	const ofFirstLetter: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
	return ofFirstLetter[unit[0]!] ?? 0;
}

/** "Please try again in 2.5s", "try again in 1m30s", "retry after 12 seconds". */
function waitInMessage({ message }: ApiFailure): number | undefined {
	const duration = WAIT_IN_WORDS.exec(message)?.[1];
	return duration === undefined ? undefined : sensible(durationMs(duration));
}
