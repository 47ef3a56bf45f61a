import type { Clock } from '../../client/core/clock';

/** A clock whose time passes only by waiting, which takes no time and is written down; chance is always the same. */
export function recordingClock(random = 0.5): Clock & { waits: number[] } {
	const waits: number[] = [];
	const now = () => waits.reduce((sum, ms) => sum + ms, Date.UTC(2026, 0, 1));
	return {
		waits,
		now,
		date: now,
		random: () => random,
		// eslint-disable-next-line @typescript-eslint/require-await -- must reject, not throw
		async sleep(ms, signal) {
			signal?.throwIfAborted();
			waits.push(ms);
		},
	};
}
