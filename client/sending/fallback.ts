import type { BaseCall } from '../core/call';
import { ApiFailure, type FailureKind } from '../core/errors';
import type { ModelRequest } from '../core/requests';
import type { Next } from '../core/step';

/** Failures that another model may not have, and why the first could not answer. Rate limits are per model, too. */
const REASONS: Partial<Record<FailureKind, string>> = {
	unknown_model: 'is unknown to the server',
	overloaded: 'was overloaded',
	rate_limit: 'had reached its rate limit',
	context_length: 'cannot read messages this long',
};

/** What falling back needs of a call. */
export interface FallbackCall extends BaseCall {
	/** Asked in this order when the model of the request is unknown, overloaded, or cannot read so much. */
	fallbackModels?: string[];
}

/**
 * The layer that asks one model after the other, as long as the failure is the model's own. A further request of the
 * same call begins with the model that answered the one before, since those ahead of it could not.
 *
 * @returns the first reply; the log has a warning for each model that could not answer.
 * @throws {ApiFailure} the last failure, with the model it is about; what else `next` throws.
 */
export async function fallBack<R extends ModelRequest, A, C extends FallbackCall>(
	request: R,
	call: C,
	next: Next<R, A, C>,
): Promise<A> {
	const { fallbackModels = [], log, stopSignal } = call;
	if (fallbackModels.length === 0) return await next(request, call);
	const models = [request.model, ...fallbackModels];
	const first = models.indexOf(log.fallbackModel ?? request.model);
	for (let place = Math.max(0, first); ; place++) {
		const model = models[place]!;
		try {
			const reply = await next({ ...request, model }, { ...call, model });
			if (place > 0) log.noteFallback(model);
			return reply;
		} catch (error) {
			if (!(error instanceof ApiFailure)) throw error;
			const reason = REASONS[error.kind];
			const following = models[place + 1];
			if (!reason || following === undefined || stopSignal?.aborted || error.details.shown) {
				throw error.with({ model });
			}
			log.warn({ feature: 'fallbackModels', message: `${model} ${reason}, so ${following} was asked.` });
		}
	}
}
