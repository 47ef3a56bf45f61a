import type { Warning } from '../endpoints/chat/response';
import { ApiFailure, CallError, waitedMsOf, type Attempt, type FailureKind } from '../core/errors';

/** Failures that another model may not have, and why the first could not answer. Rate limits are per model, too. */
const REASONS: Partial<Record<FailureKind, string>> = {
	unknown_model: 'is unknown to the server',
	overloaded: 'was overloaded',
	rate_limit: 'had reached its rate limit',
	context_length: 'cannot read messages this long',
};

/** What falling back adds to a result. */
interface Answered {
	failedAttempts: Attempt[];
	warnings: Warning[];
}

/**
 * Asks one model after the other, as long as the failure is the model's own.
 *
 * @param models at least one, the preferred one first.
 * @param first the place in the list to begin at, counted from 0.
 * @param ask told the model, and how long was waited for the models before it, in milliseconds.
 * @param stopped no other model is asked once it has aborted.
 * @returns the first reply, with the attempts of all models, and a warning for each that could not answer.
 * @throws {ApiFailure} the last failure; what else `ask` throws. Whatever is `CallError` has the attempts of all models.
 */
export async function withFallback<T extends Answered>(
	models: string[],
	first: number,
	ask: (model: string, waitedMs: number) => Promise<T>,
	stopped?: AbortSignal,
): Promise<T & { fallbackModel?: string }> {
	if (models.length === 1) return await ask(models[0]!, 0);
	const attempts: Attempt[] = [];
	const warnings: Warning[] = [];
	for (let next = first; ;) {
		const model = models[next++]!;
		const keep = (more: Attempt[]) => attempts.push(...more.map((attempt) => ({ model, ...attempt })));
		try {
			const result = await ask(model, waitedMsOf(attempts));
			keep(result.failedAttempts);
			return {
				...result,
				failedAttempts: attempts,
				warnings: [...warnings, ...result.warnings],
				...(next > 1 && { fallbackModel: model }),
			};
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			keep(error.attempts);
			error.attempts = attempts;
			if (!(error instanceof ApiFailure)) throw error;
			error.details.model = model;
			const reason = REASONS[error.kind];
			if (!reason || next === models.length || stopped?.aborted || error.details.shown) throw error;
			warnings.push({
				feature: 'fallbackModels',
				message: `${model} ${reason}, so ${models[next]} was asked.`,
			});
		}
	}
}
