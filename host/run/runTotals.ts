import type { NodeExecutionHint } from 'n8n-workflow';
import type { Attempt, CallLog, ChatResult, Usage } from '../../client';

/** Counts what a run did, for the hint at its end and for n8n's own token statistics. */
export class RunTotals {
	private replies = 0;
	private fromCache = 0;
	private waitedMs = 0;
	private costUsd = 0;
	/** Replies that were paid for now, by whether it is known how much. */
	private priced = 0;
	private unpriced = 0;
	/** Replies that a memory did not take. */
	private unremembered = 0;
	failures = 0;
	retries = 0;
	inputTokens = 0;
	outputTokens = 0;

	/** Items that are answered or failed. */
	get done(): number {
		return this.replies + this.failures;
	}

	addReply({ usage, costUsd, failedAttempts, warnings, cached }: ChatResult): void {
		this.replies++;
		this.addRetries(failedAttempts);
		if (warnings.some(({ feature }) => feature === 'memory')) this.unremembered++;
		if (cached) {
			this.fromCache++;
			return;
		}
		this.addPaid(usage, costUsd);
	}

	/** An answer that no model wrote, and that costs nothing. */
	addAnswer({ failedAttempts }: { failedAttempts: Attempt[] }): void {
		this.replies++;
		this.addRetries(failedAttempts);
	}

	private addPaid(usage: Usage | undefined, costUsd: number | null): void {
		this.inputTokens += usage?.promptTokens ?? 0;
		this.outputTokens += usage?.completionTokens ?? 0;
		if (costUsd === null) this.unpriced++;
		else this.priced++;
		this.costUsd += costUsd ?? 0;
	}

	/** @param log of the call that brought no reply; those that could not be used are paid for all the same. */
	addFailure(log: CallLog): void {
		this.failures++;
		this.addRetries(log.attempts);
		const { usage, costUsd, paidReplies } = log.totals();
		if (usage && paidReplies > 0) this.addPaid(usage, costUsd);
	}

	/** An attempt after which was waited is one that was followed by another. */
	private addRetries(attempts: readonly Attempt[]): void {
		for (const { waitedMs } of attempts) {
			if (waitedMs === undefined) continue;
			this.retries++;
			this.waitedMs += waitedMs;
		}
	}

	private cost(): string {
		const known = `about ${dollars(this.costUsd)}`;
		if (this.unpriced === 0) return known;
		return `${known} without ${countText(this.unpriced, 'reply', 'replies')} of unknown price`;
	}

	/** One sentence on the run; undefined when it would only repeat what the single item shows. */
	hint(): NodeExecutionHint | undefined {
		if (this.done < 2 && this.retries === 0 && this.unremembered === 0) return undefined;
		const parts = [`${countText(this.done, 'item')}: ${this.replies} answered, ${this.failures} failed`];
		if (this.fromCache > 0) parts.push(`${this.fromCache} of the replies from the cache`);
		if (this.retries > 0) {
			parts.push(
				`${countText(this.retries, 'retry', 'retries')}, ${(this.waitedMs / 1000).toFixed(1)} s waited`,
			);
		}
		if (this.unremembered > 0) {
			parts.push(`${countText(this.unremembered, 'reply', 'replies')} that the memory did not take`);
		}
		// Not every server counts them.
		if (this.inputTokens + this.outputTokens > 0) {
			parts.push(`${this.inputTokens} prompt and ${this.outputTokens} completion tokens`);
		}
		if (this.priced > 0) parts.push(this.cost());
		return {
			message: `${parts.join('; ')}.`,
			type: this.failures + this.unremembered > 0 ? 'warning' : 'info',
			location: 'outputPane',
		};
	}
}

/** An amount of USD with three digits that matter, and cents at least. */
function dollars(amount: number): string {
	const smaller = amount > 0 ? 2 - Math.floor(Math.log10(amount)) : 0;
	return `$${amount.toFixed(Math.min(Math.max(smaller, 2), 20))}`;
}

/** "1 item", "2 items" */
export function countText(count: number, one: string, many = `${one}s`): string {
	return `${count} ${count === 1 ? one : many}`;
}
