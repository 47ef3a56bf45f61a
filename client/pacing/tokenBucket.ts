/** Makes up for timers that fire late. */
const KEPT_MS = 50;

/**
 * A limit per minute, such as requests or tokens: what it allows flows in evenly, and little of it is kept for later,
 * since providers enforce a limit per minute as one per second, too (OpenAI's guide to rate limits). A request that
 * finds some left may take more than that, and the next waits until it is paid back: large requests wait no longer than
 * small ones.
 */
export class TokenBucket {
	private readonly perMs: number;
	private readonly capacity: number;
	private level = 1;

	/** @param filledAt now, in milliseconds. */
	constructor(
		perMinute: number,
		private filledAt: number,
	) {
		this.perMs = perMinute / 60_000;
		this.capacity = 1 + this.perMs * KEPT_MS;
	}

	/** Milliseconds until there is some left. */
	waitMs(now: number): number {
		this.fill(now);
		return Math.max(0, (1 - this.level) / this.perMs);
	}

	/** Takes so much; a negative amount gives back. */
	take(amount: number, now: number): void {
		this.fill(now);
		this.level = Math.min(this.capacity, this.level - amount);
	}

	private fill(now: number): void {
		this.level = Math.min(this.capacity, this.level + (now - this.filledAt) * this.perMs);
		this.filledAt = now;
	}
}
