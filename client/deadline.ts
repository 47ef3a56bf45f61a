import type { ApiFailure } from './errors';

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
	const links = signals.map((signal) => {
		const controller = new AbortController();
		const forward = () => controller.abort(signal?.reason);
		if (signal?.aborted) forward();
		// AbortSignal.any would stay registered with a signal that outlives many calls.
		signal?.addEventListener('abort', forward, { once: true });
		return { controller, release: () => signal?.removeEventListener('abort', forward) };
	});
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
