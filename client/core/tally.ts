import type { Usage, Warning } from '../endpoints/chat/response';
import type { ChatRequest } from './requests';
import { CallError, type Attempt } from './errors';
import { addUsage } from './usage';

/** What is counted of an answer. */
export interface Counted {
	usage?: Usage;
	/** Null when it is not known. */
	costUsd: number | null;
	failedAttempts: Attempt[];
	warnings: Warning[];
	/** Whether it was paid for earlier. */
	cached?: true;
}

/** Adds up what several requests for one reply used, cost and took, also when the last of them brings no reply. */
export class Tally<T extends Counted> {
	/** The requests that brought nothing usable. */
	readonly attempts: Attempt[] = [];
	private readonly warnings = new Map<string, Warning>();
	private paid: Usage | undefined;
	private recalled: Usage | undefined;
	private costUsd: number | null = 0;
	private charged: CallError | undefined;
	/** Answers that were paid for now. */
	paidAnswers = 0;

	/** @param send sends a request. */
	constructor(private readonly send: (request: ChatRequest) => Promise<T>) {}

	/** Sends a request, and counts it. */
	async ask(request: ChatRequest): Promise<T> {
		let answer: T;
		try {
			answer = await this.send(request);
		} catch (error) {
			throw error instanceof CallError ? this.charge(error) : error;
		}
		if (answer.cached) {
			this.recalled = addUsage(this.recalled, answer.usage);
		} else {
			this.paidAnswers++;
			this.paid = addUsage(this.paid, answer.usage);
			this.costUsd = added(this.costUsd, answer.costUsd);
		}
		this.attempts.push(...answer.failedAttempts);
		this.warn(...answer.warnings);
		return answer;
	}

	/** Each text once. */
	warn(...warnings: Warning[]): void {
		for (const warning of warnings) this.warnings.set(warning.message, warning);
	}

	/** Adds to what left the call without a reply what came before it. */
	charge<E extends CallError>(end: E): E {
		const { details } = end;
		end.attempts = [...this.attempts, ...end.attempts];
		// What aborts a call ends the request for each of several choices, and is the same each time.
		if (this.paid && end !== this.charged) {
			const itsCost = details.usage ? (details.costUsd ?? null) : 0;
			details.costUsd = added(this.costUsd, itsCost);
			details.usage = addUsage(this.paid, details.usage);
		}
		this.charged = end;
		return end;
	}

	/** The whole; of replies that were paid for earlier, the usage only when there are no others. */
	sum(): Omit<Counted, 'cached'> {
		const usage = this.paidAnswers > 0 ? this.paid : this.recalled;
		return {
			...(usage && { usage }),
			costUsd: this.costUsd,
			failedAttempts: this.attempts,
			warnings: [...this.warnings.values()],
		};
	}
}

function added(one: number | null, other: number | null): number | null {
	return one === null || other === null ? null : one + other;
}
