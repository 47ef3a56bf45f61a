import type { Clock } from '../../client/core/clock';

/**
 * A clock whose waits take no time, and are written down; chance is always the same.
 *
 * @param startAt from when time passes by waiting only; unless given, it passes besides as it does.
 */
export function recordingClock({
	random = 0.5,
	startAt,
}: { random?: number; startAt?: number } = {}): Clock & {
	waits: number[];
} {
	const waits: number[] = [];
	let waited = 0;
	const now = () => (startAt ?? Date.now()) + waited;
	return {
		waits,
		now,
		date: now,
		random: () => random,
		// eslint-disable-next-line @typescript-eslint/require-await -- must reject, not throw
		async sleep(ms, signal) {
			signal?.throwIfAborted();
			waits.push(ms);
			waited += ms;
		},
	};
}
