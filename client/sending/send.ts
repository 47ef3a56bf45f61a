import type { CallOptions } from './callOptions';
import type { Usage } from '../endpoints/chat/response';
import type { Clock } from '../core/clock';
import { ApiFailure, type Attempt } from '../core/errors';
import type { Answer } from '../http/exchange';
import type { Outcome, Pacer } from '../pacing/pacer';
import { redactFailure } from '../http/redact';
import { withRetry } from './retry';
import { retryAfterMs } from '../http/retryAfter';

/** One request, sent as often as it takes. */
interface Sending<T> {
	/** Of all who share the limit that this request counts for. */
	pacer: Pacer;
	/** How large the request is as far as its tokens go. */
	bytes: number;
	/** Sends it once. */
	exchange: () => Promise<Answer<T>>;
}

/**
 * What sends the requests of a client: each when its pacer says so, and again when that can mend a failure.
 *
 * @param secrets are in no error that leaves.
 */
export function createSend(clock: Clock, secrets: string[]) {
	/** Sends a request when the pacer says so, and tells it how the request ended. */
	async function paced<T>({ pacer, bytes, exchange }: Sending<T>, options: CallOptions): Promise<Answer<T>> {
		const { run = { waiting: 0 }, maxWaitMs, requestsPerMinute, tokensPerMinute } = options;
		const stopped = options.stopSignal ?? options.signal;
		const turn = await pacer.turn({ run, bytes, maxWaitMs, requestsPerMinute, tokensPerMinute }, stopped);
		let outcome: Outcome = { kind: 'failed' };
		try {
			// It may have been stopped by what gave it its turn.
			stopped?.throwIfAborted();
			options.beforeSend?.();
			const answer = await exchange();
			// Not every kind of reply counts tokens.
			const { usage } = answer.value as { usage?: Usage };
			outcome = { kind: 'answered', headers: answer.headers, tokens: usage?.totalTokens };
			return answer;
		} catch (error) {
			if (error instanceof ApiFailure) outcome = outcomeOf(error);
			throw error;
		} finally {
			turn.end(outcome);
		}
	}

	function outcomeOf(failure: ApiFailure): Outcome {
		const { kind, details } = failure;
		return {
			kind: kind === 'rate_limit' ? 'rate_limited' : kind === 'overloaded' ? 'overloaded' : 'failed',
			headers: details.headers,
			waitMs: retryAfterMs(failure, clock.date()),
		};
	}

	/** Retries, and sees to it that no error leaves with a secret in it, nor the list of attempts made of it. */
	return async function send<T>(
		sending: Sending<T>,
		options: CallOptions,
	): Promise<{ result: Answer<T>; attempts: Attempt[] }> {
		const sendRedacted = async () => {
			try {
				return await paced(sending, options);
			} catch (error) {
				if (error instanceof ApiFailure) redactFailure(error, secrets);
				throw error;
			}
		};
		const sleep: Clock['sleep'] = async (ms, signal) => {
			if (options.run) options.run.waiting++;
			await clock.sleep(ms, signal).finally(() => options.run && options.run.waiting--);
		};
		return await withRetry(
			sendRedacted,
			options,
			{ ...clock, sleep },
			options.stopSignal ?? options.signal,
		);
	};
}
