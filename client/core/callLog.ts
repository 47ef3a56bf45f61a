import type { Usage, Warning } from './reply';
import type { MadeCall } from './toolCall';
import { addUsage } from './usage';

/** One request that failed, and how long was waited after it. */
export type Attempt = {
	/** The model asked, when there were several to fall back on. */
	model?: string;
	/** HTTP status; absent when no answer came. */
	status?: number;
	/** The API's error code, or the network's (`ECONNRESET`). */
	code?: string;
	/** Milliseconds waited before the next attempt; absent after the last. */
	waitedMs?: number;
};

/** A reply, as far as it is counted. */
interface CountedReply {
	usage?: Usage;
	/** Null when the price is unknown. */
	costUsd: number | null;
	/** Whether it was paid for by an earlier call. */
	isCached: boolean;
}

/** What several replies came to. */
export interface ReplyTotals {
	/** Summed over the replies paid for now, or over those paid for earlier if there are no others; absent when unreported. */
	usage?: Usage;
	/** Summed over the replies paid for now, in USD; null when one of them has no known price. */
	costUsd: number | null;
	/** How many were paid for now. */
	paidReplies: number;
	/** Whether there were replies, all of them paid for earlier. */
	isCached: boolean;
}

/** A point in a log: what stands behind it was written later. */
export interface LogPosition {
	replies: number;
	warnings: number;
}

/**
 * What one call sent, waited for, paid and did. The layers of a call write into it, each what it alone knows; the report
 * of a reply or an error is made from it. So an error needs to know nothing of all this.
 */
export class CallLog {
	private readonly failed: Attempt[] = [];
	private readonly madeCalls: MadeCall[] = [];
	private beginWith?: string;
	/** How many replies were paid for but could not be used. */
	private discarded = 0;
	private readonly replies: CountedReply[] = [];
	private readonly allWarnings: Warning[] = [];

	/** The requests that brought nothing usable, and how long was waited after each. */
	get attempts(): readonly Attempt[] {
		return this.failed;
	}

	/** The calls of tools, in order; those of a round that was stopped have no results. */
	get toolCalls(): readonly MadeCall[] {
		return this.madeCalls;
	}

	/** The model to begin with, when those ahead of it could not answer an earlier request of the call. */
	get fallbackModel(): string | undefined {
		return this.beginWith;
	}

	/** Milliseconds waited between attempts. */
	get waitedMs(): number {
		return this.attempts.reduce((sum, { waitedMs = 0 }) => sum + waitedMs, 0);
	}

	/** How many requests were made, or would have been but for the cache. */
	get requestCount(): number {
		const paidReplies = this.replies.filter(({ isCached }) => !isCached).length;
		return this.failed.length + paidReplies - this.discarded;
	}

	/** Each once. */
	get warnings(): Warning[] {
		return distinct(this.allWarnings);
	}

	addToolCalls(calls: MadeCall[]): void {
		this.madeCalls.push(...calls);
	}

	/** A model answered that is not the one of the request. */
	noteFallback(model: string): void {
		this.beginWith = model;
	}

	addAttempt(attempt: Attempt): void {
		this.failed.push(attempt);
	}

	/** A reply that cannot be used is an attempt, too, under the code that says what is wrong with it. */
	addUnusableReply(code: string | undefined): void {
		this.discarded++;
		this.failed.push({ status: 200, code });
	}

	/** Another attempt follows the last one, after so many milliseconds. */
	addWait(ms: number): void {
		const last = this.failed.at(-1);
		if (last) last.waitedMs ??= ms;
	}

	/** A reply paid for now. */
	addReply(usage: Usage | undefined, costUsd: number | null): void {
		this.replies.push({ usage, costUsd, isCached: false });
	}

	/** A reply paid for by an earlier call. */
	addCachedReply(usage: Usage | undefined): void {
		this.replies.push({ usage, costUsd: 0, isCached: true });
	}

	warn(...warnings: Warning[]): void {
		this.allWarnings.push(...warnings);
	}

	get position(): LogPosition {
		return { replies: this.replies.length, warnings: this.allWarnings.length };
	}

	warningsSince({ warnings }: LogPosition): Warning[] {
		return distinct(this.allWarnings.slice(warnings));
	}

	/** @param since the beginning unless given. */
	totals(since?: LogPosition): ReplyTotals {
		const replies = this.replies.slice(since?.replies);
		const paid = replies.filter(({ isCached }) => !isCached);
		const counted = paid.length > 0 ? paid : replies;
		const usage = counted.reduce<Usage | undefined>((sum, reply) => addUsage(sum, reply.usage), undefined);
		return {
			...(usage && { usage }),
			costUsd: paid.reduce<number | null>(
				(sum, { costUsd }) => (sum === null || costUsd === null ? null : sum + costUsd),
				0,
			),
			paidReplies: paid.length,
			isCached: replies.length > 0 && paid.length === 0,
		};
	}
}

function distinct(warnings: Warning[]): Warning[] {
	return [...new Map(warnings.map((warning) => [`${warning.feature} ${warning.message}`, warning])).values()];
}
