import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface ItemRun<T> {
	count: number;
	/** How many items are worked on at a time. */
	concurrency: number;
	/** Ends the run at once when it aborts; `run` must reject with its reason then. */
	abortSignal?: AbortSignal;
	/**
	 * Works on one item.
	 *
	 * @param stopSignal aborts with `abortSignal`, and when another item has ended the run: begin nothing
	 * new.
	 */
	run: (index: number, stopSignal: AbortSignal) => Promise<T>;
	/** Makes a result of an item's error, or throws to end the run. */
	onError: (error: unknown, index: number) => T;
}

/**
 * Runs all items through a sliding window: as soon as one is done the next one starts, and results keep the order
 * of the items.
 *
 * When an item ends the run, items under way are told to begin nothing new; once they are done the error that ended
 * it is thrown.
 *
 * When `abortSignal` aborts, the results so far are returned: n8n marks an execution as stopped only if its node does
 * not throw.
 *
 * @throws what `onError` throws.
 */
export async function runItems<T>({
	count,
	concurrency,
	abortSignal,
	run,
	onError,
}: ItemRun<T>): Promise<T[]> {
	const results = new Array<T>(count);
	const stop = new AbortController();
	// Every waiting item listens, and Node takes more than ten listeners for a leak.
	setMaxListeners(0, stop.signal);
	const onAbort = () => stop.abort(abortSignal?.reason);
	abortSignal?.addEventListener('abort', onAbort, { once: true });
	if (abortSignal?.aborted) onAbort();

	let fatal: { error: unknown } | undefined;
	let next = 0;
	const attempt = async (index: number) => {
		try {
			results[index] = await run(index, stop.signal);
		} catch (error) {
			// Stopped from outside, not failed.
			if (stop.signal.aborted && error === stop.signal.reason) return;
			results[index] = onError(error, index);
		}
	};
	const worker = async () => {
		for (;;) {
			// Items that fail before a request would follow each other without a gap, and freeze the whole of n8n.
			await nextTurn();
			if (next >= count || stop.signal.aborted) return;
			try {
				await attempt(next++);
			} catch (error) {
				fatal ??= { error };
				stop.abort(new Error('Another item ended the run'));
			}
		}
	};
	try {
		await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
	} finally {
		abortSignal?.removeEventListener('abort', onAbort);
	}
	if (fatal) throw fatal.error;
	return abortSignal?.aborted ? results.filter((result) => result !== undefined) : results;
}
