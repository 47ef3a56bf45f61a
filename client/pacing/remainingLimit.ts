import { parseReset } from '../http/retryAfter';

/** OpenAI fills its limits up within a minute. One that says it takes longer is better asked by another request. */
const LONGEST_GATE_MS = 60_000;
/** Servers round the time they name. */
const MARGIN_MS = 10;

/**
 * What the server says is left of one of its limits, in the headers `x-ratelimit-{limit,remaining,reset}-*` (OpenAI's
 * guide to rate limits). Unknown until an answer says it.
 */
export class RemainingLimit {
	private limit = Infinity;
	private remaining = Infinity;
	private resetMs = 0;
	private resetAt = Infinity;
	private takenInAll = 0;
	private takenWhenSaid = 0;
	private saidAt = -Infinity;

	constructor(private readonly unit: 'requests' | 'tokens') {}

	/** How much was ever taken; for `observe`, to be noted when a request is sent. */
	get taken(): number {
		return this.takenInAll;
	}

	/**
	 * Takes note of what an answer says.
	 *
	 * @param sentAt when its request was sent: servers count a request when it comes.
	 * @param sentDate the same in milliseconds since the epoch, for limits that name a date.
	 * @param takenThen how much had been taken when it was sent, its own share included.
	 */
	observe(headers: Record<string, string>, sentAt: number, sentDate: number, takenThen: number): void {
		const remaining = amount(headers[`x-ratelimit-remaining-${this.unit}`]);
		const resetMs = parseReset(headers[`x-ratelimit-reset-${this.unit}`], sentDate);
		// Answers do not come in the order in which their requests were counted.
		if (remaining === undefined || resetMs === undefined || sentAt < this.saidAt) return;
		const limit = amount(headers[`x-ratelimit-limit-${this.unit}`]);
		// A limit of nothing cannot be meant: something was answered.
		if (limit === 0) return;
		this.limit = limit ?? Infinity;
		this.remaining = remaining;
		this.resetMs = Math.min(resetMs, LONGEST_GATE_MS);
		this.resetAt = sentAt + this.resetMs + MARGIN_MS;
		this.takenWhenSaid = takenThen;
		this.saidAt = sentAt;
	}

	/** Milliseconds until so much should be left. */
	waitMs(need: number, now: number): number {
		if (now >= this.resetAt) this.reset(now);
		const left = this.remaining - (this.takenInAll - this.takenWhenSaid);
		// A request larger than the limit can never pass: it goes out, and the server's answer says so.
		return left >= Math.min(need, this.limit) ? 0 : this.resetAt - now;
	}

	take(amount: number): void {
		this.takenInAll += amount;
	}

	/** Forgets what was said: a refusal knows better. */
	forget(): void {
		this.limit = Infinity;
		this.remaining = Infinity;
	}

	private reset(now: number): void {
		this.remaining = this.limit;
		this.takenWhenSaid = this.takenInAll;
		this.resetAt = now + this.resetMs + MARGIN_MS;
	}
}

/** Azure and others send a negative number for "unknown". */
function amount(value: string | undefined): number | undefined {
	return /^\s*\d+\s*$/.test(value ?? '') ? Number(value) : undefined;
}
