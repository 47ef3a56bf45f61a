import { ApiFailure, TOTAL_TIMEOUT } from './errors';

/**
 * Runs `work` with signals of its own: each aborts when the one it was made from does, and all abort with `failure`
 * once the time is over.
 *
 * @param ms how long, in milliseconds.
 */
export async function within<T>(
	ms: number,
	failure: () => ApiFailure,
	signals: Array<AbortSignal | undefined>,
	work: (...signals: AbortSignal[]) => Promise<T>,
): Promise<T> {
	const links = signals.map((signal) => linkSignals([signal]));
	const timer = setTimeout(() => {
		const reason = failure();
		for (const { controller } of links) controller.abort(reason);
	}, ms);
	try {
		return await work(...links.map(({ controller }) => controller.signal));
	} finally {
		clearTimeout(timer);
		for (const { release } of links) release();
	}
}

/**
 * A controller that aborts with the first of the signals to do so, and for its reason, until it is released.
 * AbortSignal.any would stay registered with a signal that outlives many calls.
 */
export function linkSignals(signals: Array<AbortSignal | undefined>): {
	controller: AbortController;
	release: () => void;
} {
	const controller = new AbortController();
	const links = signals.map((signal) => {
		const forward = () => controller.abort(signal?.reason);
		if (signal?.aborted) forward();
		signal?.addEventListener('abort', forward, { once: true });
		return () => signal?.removeEventListener('abort', forward);
	});
	return { controller, release: () => links.forEach((release) => release()) };
}

/** As `within`, for the time that a call may take in all; without a limit if that is undefined. */
export async function withinTotal<T>(
	totalTimeoutMs: number | undefined,
	signals: Array<AbortSignal | undefined>,
	work: (...signals: Array<AbortSignal | undefined>) => Promise<T>,
): Promise<T> {
	if (totalTimeoutMs === undefined) return await work(...signals);
	const tooLong = () =>
		new ApiFailure('timeout', `No reply within ${totalTimeoutMs} ms`, { code: TOTAL_TIMEOUT });
	return await within(totalTimeoutMs, tooLong, signals, work);
}

/** Waits for a promise, no longer than until the signal aborts; then it rejects with the signal's reason. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (!signal) return await promise;
	if (signal.aborted) {
		// Its result is not needed any more, and a rejection without a handler ends the process.
		promise.catch(() => {});
		throw signal.reason;
	}
	return await new Promise<T>((resolve, reject) => {
		const onAbort = () => reject(signal.reason as Error);
		const settle =
			<V>(done: (value: V) => void) =>
			(value: V) => {
				signal.removeEventListener('abort', onAbort);
				done(value);
			};
		signal.addEventListener('abort', onAbort, { once: true });
		promise.then(settle(resolve), settle(reject));
	});
}
