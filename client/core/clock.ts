import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance, passed in so that tests of waiting need no waiting. */
export interface Clock {
	/** Milliseconds since some moment. Unlike the date, it does not jump when the system's clock is set. */
	now: () => number;
	/** Milliseconds since the epoch, for what servers name as a point in time. */
	date: () => number;
	/** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as `signal` aborts. */
	sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
	/** A number from 0 up to, not including, 1. */
	random: () => number;
}

export const systemClock: Clock = {
	now: () => performance.now(),
	date: Date.now,
	random: Math.random,
	async sleep(ms, signal) {
		try {
			await delay(ms, undefined, { signal });
		} catch (error) {
			// Node rejects with an AbortError of its own that hides who aborted and why.
			signal?.throwIfAborted();
			throw error;
		}
	},
};
