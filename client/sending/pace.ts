import { ApiFailure } from '../core/errors';
import type { Usage } from '../core/reply';
import type { Next } from '../core/step';
import type { Answer } from '../http/exchange';
import { retryAfterMs } from '../http/retryAfter';
import type { Outcome } from '../pacing/pacer';
import { pacerFor } from '../pacing/pacers';
import type { ApiRequest, SendCall } from './apiRequest';

/** The layer that waits until the pacer has room, and tells it how the request ended. */
export async function pace<T, C extends SendCall>(
	request: ApiRequest<T>,
	call: C,
	next: Next<ApiRequest<T>, Answer<T>, C>,
): Promise<Answer<T>> {
	const { run = { waiting: 0 }, maxWaitMs, requestsPerMinute, tokensPerMinute, server, stopSignal } = call;
	const pacer = pacerFor(server.id, request.pacedBy, server.clock);
	const wanted = { run, bytes: request.tokenBytes, maxWaitMs, requestsPerMinute, tokensPerMinute };
	const permit = await pacer.acquire(wanted, stopSignal);
	let outcome: Outcome = { kind: 'failed' };
	try {
		// It may have been stopped by what gave it its permit.
		stopSignal?.throwIfAborted();
		call.beforeSend?.();
		const answer = await next(request, call);
		// Not every kind of reply counts tokens.
		const { usage } = answer.value as { usage?: Usage };
		outcome = { kind: 'answered', headers: answer.headers, tokens: usage?.totalTokens };
		return answer;
	} catch (error) {
		if (error instanceof ApiFailure) outcome = failedOutcome(error, server.clock.date());
		throw error;
	} finally {
		permit.release(outcome);
	}
}

function failedOutcome(failure: ApiFailure, now: number): Outcome {
	const { kind, details } = failure;
	const kinds: Partial<Record<typeof kind, Outcome['kind']>> = {
		rate_limit: 'rate_limited',
		overloaded: 'overloaded',
	};
	return { kind: kinds[kind] ?? 'failed', headers: details.headers, waitMs: retryAfterMs(failure, now) };
}
