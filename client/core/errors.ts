import type { Usage } from '../endpoints/chat/response';
import type { MadeCall } from '../tools/callTools';

/** What went wrong, as far as it changes what to do next. */
export type FailureKind =
	/** Too many requests or tokens just now; waiting helps. */
	| 'rate_limit'
	/** The account has no credit left; waiting does not help. */
	| 'insufficient_quota'
	/** The key is missing, wrong or revoked. */
	| 'authentication'
	/** The key is fine but may not do this. */
	| 'permission_denied'
	/** The model does not exist, or not for this key. */
	| 'unknown_model'
	/** The address does not exist. */
	| 'not_found'
	/** The messages are longer than the model can read. */
	| 'context_length'
	/** The server refuses the request as it stands. */
	| 'bad_request'
	/** The server has too much to do. */
	| 'overloaded'
	/** The server's own trouble. */
	| 'server'
	/** The connection failed or broke. */
	| 'connection'
	/** No answer came in time. */
	| 'timeout'
	/** The proxy refuses, or its address is wrong. */
	| 'proxy'
	/** The server's certificate is not trusted, or it speaks no TLS. */
	| 'certificate'
	/** An answer came that is not what the API promises. */
	| 'bad_reply'
	/** The reply is not what was asked for, such as JSON, also when asked again. */
	| 'invalid_json'
	/** The reply ended at the limit of tokens, before it was complete. */
	| 'length'
	/** The model, or the provider's content filter, would not answer. */
	| 'refusal'
	/** The answer is larger than we are willing to hold. */
	| 'too_large'
	/** The server points elsewhere; following would hand the key to another address. */
	| 'redirect'
	/** This machine's rules forbid the address. */
	| 'blocked';

/** The code of a call that took longer than it may in all; the code of a single request is `TIMEOUT`. */
export const TOTAL_TIMEOUT = 'TOTAL_TIMEOUT';

/** The code of a reply that chose something which is not on the list. */
export const UNKNOWN_LABEL = 'UNKNOWN_LABEL';

/** The code of a reply that calls tools where it should be the answer. */
export const ONLY_TOOL_CALLS = 'ONLY_TOOL_CALLS';

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

/** How long was waited between attempts, in milliseconds. */
export function waitedMsOf(attempts: Attempt[]): number {
	return attempts.reduce((sum, { waitedMs = 0 }) => sum + waitedMs, 0);
}

/** What a call that got no reply had brought about all the same. */
export interface Spent {
	/** What the replies used that could not be used. */
	usage?: Usage;
	/** And what they cost, in USD; null when that is not known. */
	costUsd?: number | null;
	/** The tools that had been called by then, which may have done something. */
	toolCalls?: MadeCall[];
}

export interface FailureDetails extends Spent {
	status?: number;
	code?: string;
	type?: string;
	param?: string;
	requestId?: string;
	/** Lower-case response headers; present when the server answered. */
	headers?: Record<string, string>;
	/** What had come of a streamed reply before it broke off. */
	partialText?: string;
	/** A reply that came whole but cannot be used. */
	text?: string;
	/** Whether some of it was shown to somebody, so that another attempt would repeat it. */
	shown?: boolean;
	/** The model it is about, when there were several to fall back on. */
	model?: string;
	/** Whether it was given up because the next wait would have been too long. */
	maxWaitReached?: true;
	/** The wait the server asked for, when it is the reason to give up. */
	retryAfterMs?: number;
}

/**
 * What left a call without a reply. On its way out it is told what the call had sent, paid for and done, so each call
 * needs one of its own: also as the reason of a signal, and from `beforeSend`. `message` continues a sentence.
 */
export class CallError extends Error {
	/** Every request made for this call that brought nothing usable, filled in by the retry loop. */
	attempts: Attempt[] = [];

	constructor(
		message: string,
		readonly details: Spent = {},
		cause?: unknown,
	) {
		super(message, { cause });
	}
}

/** A call that failed, with everything needed to explain it. `message` is the server's or network's own words. */
export class ApiFailure extends CallError {
	constructor(
		readonly kind: FailureKind,
		message: string,
		override readonly details: FailureDetails = {},
		cause?: unknown,
	) {
		super(message, details, cause);
		this.name = 'ApiFailure';
	}
}
