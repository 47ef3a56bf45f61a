import { backoffMs } from '../core/backoff';
import type { BaseCall } from '../core/call';
import type { Attempt } from '../core/callLog';
import type { Clock } from '../core/clock';
import { ApiFailure, isTotalTimeout, type FailureKind } from '../core/errors';
import type { Next } from '../core/step';
import { retryAfterMs } from '../http/retryAfter';
import type { Run } from '../pacing/pacer';

export interface RetryLimits {
	/** How often a failed request is sent again; 0 sends it once. */
	maxRetries: number;
	/** The longest a call may wait between its attempts, all waits together, in milliseconds; else it fails at once. */
	maxWaitMs: number;
}

/** What retrying needs of a call. */
export interface RetryCall extends BaseCall, RetryLimits {
	run?: Run;
	server: { clock: Pick<Clock, 'date' | 'sleep' | 'random'> };
}

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
 * The layer that sends a request again until it succeeds, fails for good, or the retries or the time for waiting are
 * used up. What the call has waited before counts.
 *
 * @throws {ApiFailure} the last failure; the signal's reason when it aborts.
 */
export async function retry<Q, A, C extends RetryCall>(request: Q, call: C, next: Next<Q, A, C>): Promise<A> {
	const { log, maxRetries, server, stopSignal } = call;
	// The pacer ignores a pause longer than what was left when the request was first sent.
	const maxWaitMs = Math.max(0, call.maxWaitMs - log.waitedMs);
	for (let retries = 0; ; retries++) {
		try {
			return await next(request, { ...call, maxWaitMs });
		} catch (error) {
			// A call that ran out of its time was ended, and did not fail.
			if (!(error instanceof ApiFailure) || isTotalTimeout(error)) throw error;
			log.addAttempt(attemptOf(error, call.model));
			if (!isRetryable(error) || retries >= maxRetries || stopSignal?.aborted) throw error;

			// A server that asks for 0 seconds has named no wait; all at once again would only hit it harder.
			const asked = retryAfterMs(error, server.clock.date()) || undefined;
			const waitMs = Math.round(asked ?? backoffMs(retries, server.clock.random));
			if (log.waitedMs + waitMs > call.maxWaitMs) {
				throw error.with({ maxWaitReached: true, ...(asked !== undefined && { retryAfterMs: waitMs }) });
			}
			await wait(call, waitMs);
			log.addWait(waitMs);
		}
	}
}

function attemptOf({ details: { status, code } }: ApiFailure, model: string | undefined): Attempt {
	return {
		...(model !== undefined && { model }),
		...(status !== undefined && { status }),
		...(code !== undefined && { code }),
	};
}

async function wait({ run, server, stopSignal }: RetryCall, ms: number): Promise<void> {
	if (run) run.waiting++;
	try {
		await server.clock.sleep(ms, stopSignal);
	} finally {
		if (run) run.waiting--;
	}
}
