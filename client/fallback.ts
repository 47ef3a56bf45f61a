import type { Warning } from './chatReply';
import { ApiFailure, type Attempt, type FailureKind } from './errors';

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
 * @returns the first reply, with the attempts of all models, and a warning if it is not the first model's.
 * @throws {ApiFailure} the last failure, with the attempts of all models.
 */
export async function withFallback<T extends Answered>(
	models: string[],
	ask: (model: string) => Promise<T>,
): Promise<T> {
	const earlier: Attempt[] = [];
	const warnings: Warning[] = [];
	for (let next = 0; ;) {
		const model = models[next++]!;
		try {
			const result = await ask(model);
			return {
				...result,
				failedAttempts: [...earlier, ...result.failedAttempts],
				warnings: [...warnings, ...result.warnings],
			};
		} catch (error) {
			if (!(error instanceof ApiFailure) || models.length === 1) throw error;
			earlier.push(...error.attempts.map((attempt) => ({ model, ...attempt })));
			error.attempts = earlier;
			const reason = REASONS[error.kind];
			if (!reason || next === models.length || error.details.shown) throw error;
			const last = earlier.at(-1);
			if (last) last.waitedMs = 0;
			warnings.push({
				feature: 'fallbackModels',
				message: `${model} ${reason}, so ${models[next]} was asked.`,
			});
		}
	}
}
