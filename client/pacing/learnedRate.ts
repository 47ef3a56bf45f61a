/** What was sent since the server had nothing left. */
interface Span {
	from: number;
	to: number;
	/** Requests that the server let through. */
	admitted: number;
	/** How many of them when the limit was met last. */
	known: number;
}

/** Fewer requests say too little about a rate to be the last word on it. */
const ENOUGH_ADMITTED = 10;
/** The best of so many spans is the rate: one may have been slow for other reasons. */
const SPANS_KEPT = 3;
/** What a pause has saved up may be sent at once, as long as it is not more than this. */
const LONGEST_SAVED_MS = 300;
/** A gap this long without queued requests says nothing about the rate. */
const LONGEST_GAP_MS = 3000;
/** By then the rate may have grown, so that the wait is over sooner than it seemed. */
const LONGEST_WAIT_MS = 1000;

/**
 * The rate of requests a key allows, found out from the limits met: between two times at which the server had nothing
 * left, it let through exactly what it allows. Requests then keep to that rate, which is tried again and again with a
 * little more: hardly more at first, then boldly, as TCP CUBIC does (RFC 9438).
 */
export class LearnedRate {
	/** Since the last limit; none before the first, when the server lets pass what it had saved up. */
	private current?: Span;
	private past: Span[] = [];
	private limitedAt = -Infinity;
	private pauseEnd = -Infinity;
	private sentAt = -Infinity;
	private saved = 0;
	private savedAt = -Infinity;

	/** Whether a limit was met at least twice, with requests let through between. */
	get isKnown(): boolean {
		return this.past.length > 0;
	}

	/** Milliseconds until the next request keeps to the rate, or until it is time to ask again. */
	waitMs(now: number): number {
		this.save(now);
		const perMs = this.perMs(now);
		if (perMs === Infinity) return 0;
		return Math.min(LONGEST_WAIT_MS, Math.max(0, (1 - this.saved) / perMs));
	}

	/**
	 * Counts a request that is sent now.
	 *
	 * @param heldBack whether it had to wait.
	 * @returns to be called when it met the limit.
	 */
	sent(now: number, heldBack: boolean): () => void {
		this.save(now);
		this.saved--;
		const isGap = !heldBack && now - this.sentAt > LONGEST_GAP_MS;
		this.sentAt = now;
		if (this.current && isGap) this.current = { from: now, to: now, admitted: 0, known: 0 };
		const span = this.current;
		if (!span) return () => {};
		span.admitted++;
		return () => void span.admitted--;
	}

	/**
	 * The server has nothing left.
	 *
	 * @param startedAt when the request was sent that showed it: of many sent together only the first counts.
	 * @param pauseEnd when requests may be sent again.
	 */
	limitReached(startedAt: number, now: number, pauseEnd: number): void {
		this.pauseEnd = Math.max(this.pauseEnd, pauseEnd);
		if (startedAt <= this.limitedAt) return;
		this.limitedAt = now;
		this.saved = 0;
		this.savedAt = now;
		// Nothing let through: an outage, which says nothing about the rate.
		if (!this.current?.admitted) {
			this.current = { from: now, to: now, admitted: 0, known: 0 };
			return;
		}
		// The limit was met again with nothing let through between: the limit is known already.
		if (this.current.admitted === this.current.known) return;
		this.current.known = this.current.admitted;
		this.current.to = now;
		if (this.past.at(-1) !== this.current) this.past.push(this.current);
		if (this.past.length > SPANS_KEPT) this.past.shift();
		if (this.current.admitted >= ENOUGH_ADMITTED)
			this.current = { from: now, to: now, admitted: 0, known: 0 };
	}

	private perMs(now: number): number {
		const enough = this.past.filter(({ admitted }) => admitted >= ENOUGH_ADMITTED);
		const rates = (enough.length > 0 ? enough : this.past).map(
			({ from, to, admitted }) => admitted / (to - from),
		);
		const best = Math.max(...rates, 0);
		if (best === 0) return Infinity;
		const seconds = Math.max(0, now - Math.max(this.limitedAt, this.pauseEnd)) / 1000;
		return best * (0.99 + 2e-5 * seconds ** 4);
	}

	private save(now: number): void {
		const perMs = this.perMs(now);
		this.saved =
			perMs === Infinity
				? 0
				: Math.min(Math.max(1, perMs * LONGEST_SAVED_MS), this.saved + (now - this.savedAt) * perMs);
		this.savedAt = now;
	}
}
