/**
 * How many requests may be under way at once, found out as TCP does (additive increase, multiplicative decrease):
 * halved when the server has too much to do, one more after as many answers as it allows at once.
 */
export class AdaptiveWindow {
	/** Without a limit until the server has shown one. */
	size = Infinity;
	private answers = 0;
	private shrunkAt = -Infinity;

	/**
	 * The server had too much to do.
	 *
	 * @param startedAt when the request was sent: of many that hit the same limit together only the first counts.
	 * @param inFlight how many requests there were, this one included.
	 */
	shrink(startedAt: number, now: number, inFlight: number): void {
		if (startedAt <= this.shrunkAt) return;
		this.size = Math.max(1, Math.floor(Math.min(this.size, inFlight) / 2));
		this.shrunkAt = now;
		this.answers = 0;
	}

	/** A request was answered. */
	grow(): void {
		if (++this.answers < this.size) return;
		this.size++;
		this.answers = 0;
	}
}
