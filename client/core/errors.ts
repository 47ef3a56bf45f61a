/** What went wrong, as far as it changes what to do next. */
export type FailureKind =
	/** Too many requests or tokens just now; waiting helps. */
	| 'rate_limit'
	/** The account has no credit left; waiting does not help. */
	| 'quota'
	/** The key is missing, wrong or revoked. */
	| 'refused_key'
	/** The key is fine but may not do this. */
	| 'forbidden'
	/** The model does not exist, or not for this key. */
	| 'unknown_model'
	/** The address does not exist. */
	| 'not_found'
	/** The messages are longer than the model can read. */
	| 'context_length'
	/** The server rejects the request as it stands. */
	| 'bad_request'
	/** The server has too much to do. */
	| 'overloaded'
	/** The server's own trouble. */
	| 'server'
	/** The connection failed or broke. */
	| 'connection'
	/** No answer came in time. */
	| 'timeout'
	/** The proxy lets nothing through, or its address is wrong. */
	| 'proxy'
	/** The server's certificate is not trusted, or it speaks no TLS. */
	| 'certificate'
	/** An answer came that is not what the API promises. */
	| 'bad_reply'
	/** The reply is not what was asked for, such as JSON, also when asked again. */
	| 'invalid_json'
	/** The reply ended at the limit of tokens, before it was complete. */
	| 'cut_off'
	/** The model, or the provider's content filter, would not answer. */
	| 'declined'
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

/** What else is known of a failure. */
export interface FailureDetails {
	/** HTTP status; absent when no answer came. */
	status?: number;
	/** The API's error code, the network's (`ECONNRESET`), or one of ours. */
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
	/** Whether a reader has seen some of it, so that another attempt would repeat it. */
	shown?: boolean;
	/** The model it is about, when there were several to fall back on. */
	model?: string;
	/** Whether it was given up because the next wait would have been too long. */
	maxWaitReached?: true;
	/** The wait that the body of the answer asks for, in milliseconds. */
	askedWaitMs?: number;
	/** Whether the answer is a page for people: a proxy or firewall spoke, and not the API. */
	isWebPage?: true;
	/** The wait the server asked for, in milliseconds, when it is the reason to give up. */
	retryAfterMs?: number;
}

/**
 * Base of every error that ends one call and no other: a failed request, or a host that wants no more of it. What else
 * is thrown, such as the reason of a Stop, passes all layers untouched.
 */
export class CallError extends Error {}

/**
 * A call that failed, with everything needed to explain it. `message` is the server's or network's own words. What the
 * call had sent and paid by then is in its `CallLog`.
 */
export class ApiFailure extends CallError {
	constructor(
		readonly kind: FailureKind,
		message: string,
		readonly details: Readonly<FailureDetails> = {},
		cause?: unknown,
	) {
		super(message, { cause });
		this.name = 'ApiFailure';
	}

	/** A copy that knows more. Errors are never written to: several calls may hold the same one. */
	with(details: FailureDetails, message = this.message): ApiFailure {
		return new ApiFailure(this.kind, message, { ...this.details, ...details }, this.cause);
	}
}

/** Whether a call ran out of its time. Servers have codes of their own, but these come with a status. */
export function isTotalTimeout(error: unknown): boolean {
	if (!(error instanceof ApiFailure)) return false;
	return error.details.code === TOTAL_TIMEOUT && error.details.status === undefined;
}

/** Whether a failure is about the key or the account, which all calls with the same credential share. */
export function isFatal(error: unknown): error is ApiFailure {
	return error instanceof ApiFailure && (error.kind === 'refused_key' || error.kind === 'quota');
}
