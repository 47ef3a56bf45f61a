import type { Clock } from '../../client/core/clock';

/** A clock whose time passes only as fast as its sleepers need it to: hours of waiting take milliseconds. */
export class VirtualClock implements Clock {
	private time = Date.UTC(2026, 0, 1);
	private readonly sleepers = new Set<{ at: number; wake: () => void }>();

	readonly now = () => this.time;

	readonly date = this.now;

	readonly random = () => 0.5;

	readonly sleep = (ms: number, signal?: AbortSignal) =>
		new Promise<void>((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason as Error);
			const sleeper = { at: this.time + ms, wake: resolve };
			this.sleepers.add(sleeper);
			signal?.addEventListener('abort', () => {
				this.sleepers.delete(sleeper);
				reject(signal.reason as Error);
			});
		});

	/** Lets time pass, from sleeper to sleeper, until `done` settles. */
	async runUntil<T>(done: Promise<T>): Promise<T> {
		let settled = false;
		const settle = () => (settled = true);
		done.then(settle, settle);
		for (;;) {
			// Whoever was woken may go to sleep again, several promises later.
			await new Promise(setImmediate);
			if (settled) return await done;
			const next = [...this.sleepers].reduce((a, b) => (b.at < a.at ? b : a), {
				at: Infinity,
				wake: () => {},
			});
			if (next.at === Infinity) throw new Error('Everybody waits, and nobody sleeps');
			this.sleepers.delete(next);
			this.time = Math.max(this.time, next.at);
			next.wake();
		}
	}
}
