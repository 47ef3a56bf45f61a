import { withinTotal } from '../core/abort';
import type { BaseCall } from '../core/call';
import type { Next } from '../core/step';

/** What the limit of the whole call needs of it. */
export interface TotalTimeCall extends BaseCall {
	/** Milliseconds for the call with all its attempts and waits; no limit unless given. */
	totalTimeoutMs?: number;
}

/**
 * The layer that keeps a call within its time.
 *
 * @throws {ApiFailure} `timeout` with the code `TOTAL_TIMEOUT` when the time is over.
 */
export async function withinTotalTime<Q, A, C extends TotalTimeCall>(
	request: Q,
	call: C,
	next: Next<Q, A, C>,
): Promise<A> {
	const { totalTimeoutMs, abortSignal, stopSignal } = call;
	return await withinTotal(totalTimeoutMs, [abortSignal, stopSignal], (abortSignal, stopSignal) =>
		next(request, { ...call, abortSignal, stopSignal }),
	);
}
