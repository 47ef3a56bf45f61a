import type { Clock } from '../core/clock';
import { ApiFailure, CallError, type Attempt, type FailureKind } from '../core/errors';
import { retryAfterMs } from '../http/retryAfter';

export interface RetryLimits {
	/** How often a failed request is sent again; 0 sends it once. */
	maxRetries: number;
	/** The longest a call may wait between its attempts, all waits together, in milliseconds; else it fails at once. */
	maxWaitMs: number;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/** What sending the same request again can mend. */
const RETRYABLE_KINDS: ReadonlySet<FailureKind> = new Set<FailureKind>([
	'rate_limit',
	'overloaded',
	'server',
	'connection',
	'timeout',
	'bad_reply',
]);

/**
 * Whether the same request may succeed when sent again. A server that sends `x-should-retry` knows better than
 * the table (openai-node 7.55, `client.ts`, obeys it the same way).
 */
function isRetryable(failure: ApiFailure): boolean {
	// The beginning would be shown twice.
	if (failure.details.shown) return false;
	const verdict = failure.details.headers?.['x-should-retry'];
	if (verdict === 'true') return true;
	if (verdict === 'false') return false;
	return RETRYABLE_KINDS.has(failure.kind);
}

/**
 * Exponential backoff with full jitter: anywhere between 0 and min(30 s, 0.5 s · 2ⁿ), so that many callers that
 * failed together do not come back together.
 *
 * @param retry how many retries came before: 0 for the first.
 */
export function backoffMs(retry: number, random: () => number): number {
	return random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** retry);
}

/**
 * Runs `request` until it succeeds, fails for good, or the retries or the time for waiting are used up.
 *
 * @param stopped ends waiting and retrying when it aborts; a request under way is left to `request`.
 * @throws {ApiFailure} the last failure; the signal's reason when it aborts. Whatever is `CallError` lists every attempt.
 */
export async function withRetry<T>(
	request: () => Promise<T>,
	limits: RetryLimits,
	clock: Pick<Clock, 'date' | 'sleep' | 'random'>,
	stopped?: AbortSignal,
): Promise<{ result: T; attempts: Attempt[] }> {
	const attempts: Attempt[] = [];
	let waitedMs = 0;
	try {
		for (;;) {
			try {
				return { result: await request(), attempts };
			} catch (error) {
				if (!(error instanceof ApiFailure) || (stopped?.aborted && error === stopped.reason)) throw error;
				const attempt: Attempt = {};
				if (error.details.status !== undefined) attempt.status = error.details.status;
				if (error.details.code !== undefined) attempt.code = error.details.code;
				attempts.push(attempt);
				if (!isRetryable(error) || attempts.length > limits.maxRetries || stopped?.aborted) throw error;

				// A server that asks for 0 seconds has named no wait; all at once again would only hit it harder.
				const asked = retryAfterMs(error, clock.date()) || undefined;
				const wait = Math.round(asked ?? backoffMs(attempts.length - 1, clock.random));
				if (waitedMs + wait > limits.maxWaitMs) {
					error.details.maxWaitReached = true;
					if (asked !== undefined) error.details.retryAfterMs = wait;
					throw error;
				}
				await clock.sleep(wait, stopped);
				attempt.waitedMs = wait;
				waitedMs += wait;
			}
		}
	} catch (error) {
		if (error instanceof CallError) error.attempts = attempts;
		throw error;
	}
}
