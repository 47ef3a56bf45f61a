import { ApiFailure } from '../core/errors';
import { composeSteps, type Next } from '../core/step';
import { exchange, type Answer } from '../http/exchange';
import { redactFailure } from '../http/redact';
import { requestIdOf } from '../http/statusFailure';
import { exchangeStream } from '../http/streamExchange';
import type { ApiRequest, SendCall } from './apiRequest';
import { pace } from './pace';
import { retry } from './retry';

/**
 * Sends a request as often as it takes: each time when the pacer says so, and again when that can mend a failure.
 *
 * @throws {ApiFailure} the last failure, without secrets; the signal's reason when it aborts; what `beforeSend` throws.
 */
export async function send<T extends object, C extends SendCall>(
	request: ApiRequest<T>,
	call: C,
): Promise<T & { requestId?: string }> {
	// An address that cannot be made is said at once, and takes no turn.
	const url = call.server.url(request.path);
	const sendOnce: Next<ApiRequest<T>, Answer<T>, C> = composeSteps(
		[retry, redactFailures, pace],
		(request, call) => exchangeOnce(url, request, call),
	);
	const { value, headers } = await sendOnce(request, call);
	const requestId = requestIdOf(headers);
	return { ...value, ...(requestId && { requestId }) };
}

/** The layer that lets no failure leave with a secret in it, nor the list of attempts made of it. */
async function redactFailures<Q, A, C extends SendCall>(
	request: Q,
	call: C,
	next: Next<Q, A, C>,
): Promise<A> {
	try {
		return await next(request, call);
	} catch (error) {
		throw error instanceof ApiFailure ? redactFailure(error, call.server.secrets) : error;
	}
}

async function exchangeOnce<T, C extends SendCall>(
	url: URL,
	{ body, read, assemble, isStreamed }: ApiRequest<T>,
	call: C,
): Promise<Answer<T>> {
	const { transport, headers } = call.server;
	const request =
		body === undefined
			? { method: 'GET' as const, url, headers }
			: {
					method: 'POST' as const,
					url,
					headers: { 'content-type': 'application/json', ...headers },
					body,
				};
	return assemble && isStreamed
		? await exchangeStream(transport, request, { read, assemble }, { ...call, stream: call.stream ?? {} })
		: await exchange(transport, request, { read, assemble }, call);
}
