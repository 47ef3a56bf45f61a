/** Makes up for timers that fire late. */
const KEPT_MS = 50;

/**
 * A limit per minute, such as requests or tokens: what it allows flows in evenly, and little of it is kept for later,
 * since providers enforce a limit per minute as one per second, too (OpenAI's guide to rate limits).
 */
export class RateLimit {
	private readonly perMs: number;
	private readonly capacity: number;
	private level: number;
	private filledAt: number;

	/** @param now milliseconds since the epoch. */
	constructor(perMinute: number, now: number) {
		this.perMs = perMinute / 60_000;
		this.capacity = 1 + this.perMs * KEPT_MS;
		this.level = 1;
		this.filledAt = now;
	}

	/** Milliseconds until so much may be taken. More than is ever kept may be taken on credit once all is there. */
	waitMs(need: number, now: number): number {
		this.fill(now);
		return Math.max(0, (Math.min(need, this.capacity) - this.level) / this.perMs);
	}

	/** Takes so much, if need be on credit; a negative amount gives back. */
	take(amount: number, now: number): void {
		this.fill(now);
		this.level = Math.min(this.capacity, this.level - amount);
	}

	private fill(now: number): void {
		this.level = Math.min(this.capacity, this.level + Math.max(0, now - this.filledAt) * this.perMs);
		this.filledAt = now;
	}
}
