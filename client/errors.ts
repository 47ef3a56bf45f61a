/**
 * What went wrong, as far as it changes what to do next.
 *
 * - `rate_limit`: too many requests or tokens just now; waiting helps
 * - `quota`: the account has no credit left; waiting does not help
 * - `refused_key`: the key is missing, wrong or revoked
 * - `forbidden`: the key is fine but may not do this
 * - `unknown_model`, `not_found`: the model, or the address, does not exist
 * - `context_length`: the messages are longer than the model can read
 * - `bad_request`: the server refuses the request as it stands
 * - `overloaded`, `server`: the server's own trouble
 * - `connection`, `timeout`: no answer came through
 * - `proxy`: the proxy refuses, or its address is wrong
 * - `certificate`: the server's certificate is not trusted
 * - `bad_reply`: an answer came that is not what the API promises
 * - `too_large`: the answer is larger than we are willing to hold
 * - `redirect`: the server points elsewhere; following would hand the key to another address
 * - `blocked`: this machine's rules forbid the address
 */
export type FailureKind =
	| 'rate_limit'
	| 'quota'
	| 'refused_key'
	| 'forbidden'
	| 'unknown_model'
	| 'not_found'
	| 'context_length'
	| 'bad_request'
	| 'overloaded'
	| 'server'
	| 'connection'
	| 'timeout'
	| 'proxy'
	| 'certificate'
	| 'bad_reply'
	| 'too_large'
	| 'redirect'
	| 'blocked';

/** One request that failed, and how long was waited after it. */
export interface Attempt {
	/** HTTP status; absent when no answer came. */
	status?: number;
	/** The API's error code, or the network's (`ECONNRESET`). */
	code?: string;
	/** Milliseconds waited before the next attempt; absent after the last. */
	waitedMs?: number;
}

export interface FailureDetails {
	status?: number;
	code?: string;
	type?: string;
	param?: string;
	requestId?: string;
	/** Lower-case response headers; present when the server answered. */
	headers?: Record<string, string>;
	/** The wait the server asked for, when it is the reason to give up. */
	retryAfterMs?: number;
}

/** A call that got no reply, with everything needed to explain it. `message` is the server's or network's own words. */
export class ApiFailure extends Error {
	/** Every request made for this call, filled in by the retry loop. */
	attempts: Attempt[] = [];

	constructor(
		readonly kind: FailureKind,
		message: string,
		readonly details: FailureDetails = {},
		cause?: unknown,
	) {
		super(message, { cause });
		this.name = 'ApiFailure';
	}
}
