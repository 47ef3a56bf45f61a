import type http from 'node:http';
import type { Chunk } from './chunks';

export interface RecordedRequest {
	/** 0-based order of arrival among the POSTs. */
	index: number;
	method: string;
	path: string;
	query: URLSearchParams;
	headers: http.IncomingHttpHeaders;
	rawBody: string;
	/** The parsed JSON, or undefined if it is none. */
	// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what they sent
	body: any;
	/** performance.now() when the whole request was in. */
	receivedAt: number;
	/** The caller hung up before the answer was complete. */
	aborted: boolean;
	/** The complete answer was handed to the network. */
	answered: boolean;
	/** performance.now() at each write of a stream. */
	sentAt: number[];
	/** performance.now() when the exchange was over, whoever ended it. */
	overAt?: number;
	/** 1-based: how many POSTs with the identical rawBody have arrived, including this one. */
	attempt: number;
}

export type Behave = (request: RecordedRequest) => Behaviour | Promise<Behaviour>;
export type Headers = Record<string, string>;
/** How the server ends a connection: RST (ECONNRESET at the caller) or FIN (an end of file that comes too early). */
export type HangUp = 'rst' | 'fin';

export interface Usage {
	prompt_tokens?: number;
	completion_tokens?: number;
	total_tokens?: number;
	prompt_tokens_details?: Record<string, number>;
	completion_tokens_details?: Record<string, number>;
}

/** A chat.completion and how it is sent. */
export interface Completion {
	/** Default: `Reply to: <content of the last message>`. */
	text?: string | ((request: RecordedRequest, choice: number) => string);
	/** Default: the model of the request. */
	model?: string;
	finishReason?: string;
	/** How many choices; default: `n` of the request, else 1. */
	choices?: number;
	/** Replaces parts of the usage, which is otherwise estimated from the texts. */
	usage?: Usage;
	/** Replaces top-level fields of the completion; undefined removes one. */
	body?: Record<string, unknown>;
	headers?: Headers;
	/** Wait before the first byte. */
	latencyMs?: number;
}

export interface Failure {
	status: number;
	/** openai (default): {error: {…}}; foreign: {detail}, as FastAPI does; html: an nginx page; empty: no body. */
	shape?: 'openai' | 'foreign' | 'html' | 'empty';
	message?: string | ((request: RecordedRequest) => string);
	type?: string;
	code?: string | null;
	param?: string | null;
	headers?: Headers;
	/** Wait before the first byte. */
	latencyMs?: number;
}

/** The request gets part of a completion: this many bytes, by default half of it, and never all. */
export type PartOfCompletion = Completion & { afterBytes?: number };

/** How a completion is streamed. */
export interface Streamed {
	/** In how many pieces each text comes; default: 4. */
	pieces?: number;
	/** Changes the chunks, [DONE] excepted. */
	rewrite?: (chunks: Chunk[]) => unknown[];
	/** How many events are sent, counted as `slice` does; default: all. */
	upTo?: number;
	/** What follows them, as it stands. */
	thenSend?: string;
	/** Changes the text of the stream. */
	wire?: (text: string) => string;
	/** Bytes of each write, wherever that cuts; default: an event. */
	writeBytes?: number;
	/** Wait after each write. */
	everyMs?: number;
	gzip?: boolean;
	/** What follows instead of the proper end. */
	end?: HangUp | 'silence';
}

export type Behaviour =
	| ({ kind: 'ok' } & Completion)
	| ({ kind: 'streamed' } & Completion & Streamed)
	| ({ kind: 'fail' } & Failure)
	| { kind: 'json'; status: number; body: unknown; headers?: Headers; latencyMs?: number }
	| { kind: 'resetBeforeHeaders'; by: HangUp; latencyMs?: number }
	| ({ kind: 'resetDuringBody'; by: HangUp } & PartOfCompletion)
	| { kind: 'staleKeepAlive'; by: HangUp; then: Behaviour; latencyMs?: undefined }
	| { kind: 'hangBeforeHeaders'; latencyMs?: undefined }
	| ({ kind: 'hangMidBody' } & PartOfCompletion)
	| ({ kind: 'slowBody'; chunkBytes: number; everyMs: number } & Completion)
	| ({ kind: 'invalidJson' } & PartOfCompletion)
	| ({ kind: 'hugeBody'; bytes: number } & Completion);

/** 200 with a chat.completion as OpenAI sends it: streamed when the request asks for that. */
export const ok = (completion: Completion = {}): Behaviour => ({ kind: 'ok', ...completion });

/** 200 with a stream, good or bad, asked for or not. */
export const streamed = (options: Completion & Streamed = {}): Behaviour => ({
	kind: 'streamed',
	...options,
});

/** An error status, in the shape of OpenAI, of another API, of a proxy, or without a body. */
export const fail = (failure: Failure): Behaviour => ({ kind: 'fail', ...failure });

/** Any status with any JSON. */
export const json = (status: number, body: unknown, headers?: Headers): Behaviour => ({
	kind: 'json',
	status,
	body,
	headers,
});

export interface RetryAfter {
	/** retry-after in seconds, fractions included. */
	seconds?: number;
	/** retry-after-ms */
	ms?: number;
	/** retry-after as an HTTP date, which has whole seconds only (the fraction is cut off). */
	date?: Date;
}

/** 429 rate_limit_exceeded; without `retryAfter`, nothing in it says how long to wait. */
export function rateLimited(
	options: { retryAfter?: RetryAfter; message?: string; headers?: Headers; latencyMs?: number } = {},
): Behaviour {
	const { seconds, ms, date } = options.retryAfter ?? {};
	const headers: Headers = {};
	if (ms !== undefined) headers['retry-after-ms'] = String(ms);
	if (seconds !== undefined) headers['retry-after'] = String(seconds);
	if (date !== undefined) headers['retry-after'] = date.toUTCString();
	return fail({
		status: 429,
		type: 'requests',
		code: 'rate_limit_exceeded',
		message: options.message ?? 'Rate limit reached on requests per min (RPM).',
		headers: { ...headers, ...options.headers },
		latencyMs: options.latencyMs,
	});
}

/** 429 insufficient_quota, which no wait cures. */
export const quotaExhausted = (): Behaviour =>
	fail({
		status: 429,
		type: 'insufficient_quota',
		code: 'insufficient_quota',
		message: 'You exceeded your current quota, please check your plan and billing details.',
	});

/** 401 invalid_api_key whose message repeats the whole key it was sent, which the caller must not pass on. */
export const wrongKey = (): Behaviour =>
	fail({
		status: 401,
		code: 'invalid_api_key',
		message: ({ headers }) => {
			const key = headers.authorization?.replace(/^Bearer /i, '') ?? headers['api-key'] ?? '';
			return `Incorrect API key provided: ${String(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
		},
	});

/** 200 whose JSON is {error: {…}}. */
export const errorIn200 = (error: Omit<Failure, 'status' | 'shape'> = {}): Behaviour =>
	fail({ status: 200, type: 'server_error', message: 'The upstream provider failed.', ...error });

/** 200 with a completion that has no choices. */
export const emptyChoices = (): Behaviour => ok({ body: { choices: [] } });

/** 200 with an HTML page, like the sign-in page of a hotel network. */
export const notJson = (): Behaviour =>
	fail({ status: 200, shape: 'html', message: 'Sign in to the network' });

/** A redirect with an HTML body. */
export const redirect = ({ status, location }: { status: number; location: string }): Behaviour =>
	fail({ status, shape: 'html', headers: { location } });

/** The connection is reset instead of an answer. */
export const resetBeforeHeaders = (options: { by?: HangUp; latencyMs?: number } = {}): Behaviour => ({
	kind: 'resetBeforeHeaders',
	by: 'rst',
	...options,
});

/** The connection is reset after the headers and a part of the body. */
export const resetDuringBody = (options: PartOfCompletion & { by?: HangUp } = {}): Behaviour => ({
	kind: 'resetDuringBody',
	by: 'rst',
	...options,
});

/** Answers with `then` on a fresh socket, but resets a request that comes on one which has answered before. */
export const staleKeepAlive = (options: { by?: HangUp; then?: Behaviour } = {}): Behaviour => ({
	kind: 'staleKeepAlive',
	by: 'rst',
	then: ok(),
	...options,
});

/** Takes the request and never says anything; the connection stays open. */
export const hangBeforeHeaders = (): Behaviour => ({ kind: 'hangBeforeHeaders' });

/** Sends headers and a part of the body, then nothing; the connection stays open. */
export const hangMidBody = (options: PartOfCompletion = {}): Behaviour => ({
	kind: 'hangMidBody',
	...options,
});

/** A good completion, dripping. */
export const slowBody = (options: Completion & { chunkBytes: number; everyMs: number }): Behaviour => ({
	kind: 'slowBody',
	...options,
});

/** 200 with truncated JSON, properly framed by its content-length. */
export const invalidJson = (options: PartOfCompletion = {}): Behaviour => ({
	kind: 'invalidJson',
	...options,
});

/** 200 with a valid completion of exactly this many bytes (default 30 MB), streamed. */
export const hugeBody = (options: Completion & { bytes?: number } = {}): Behaviour => ({
	kind: 'hugeBody',
	bytes: 30_000_000,
	...options,
});

export interface RateLimitState {
	limit: number;
	remaining: number;
	resetSeconds: number;
}

/** The x-ratelimit-*-requests headers, and the -tokens ones if asked for, as OpenAI writes them. */
export function rateLimitHeaders({
	tokens,
	...requests
}: RateLimitState & { tokens?: RateLimitState }): Headers {
	const named = (unit: string, { limit, remaining, resetSeconds }: RateLimitState): Headers => ({
		[`x-ratelimit-limit-${unit}`]: String(limit),
		[`x-ratelimit-remaining-${unit}`]: String(remaining),
		[`x-ratelimit-reset-${unit}`]: duration(resetSeconds),
	});
	return { ...named('requests', requests), ...(tokens && named('tokens', tokens)) };
}

/** Seconds as Go prints a duration: 17ms, 1s, 6m0s, 1h2m3.5s. */
function duration(seconds: number): string {
	const ms = Math.round(seconds * 1000);
	if (ms > 0 && ms < 1000) return `${ms}ms`;
	const hours = Math.floor(ms / 3_600_000);
	const minutes = Math.floor(ms / 60_000) % 60;
	const rest = `${(ms % 60_000) / 1000}s`;
	if (hours > 0) return `${hours}h${minutes}m${rest}`;
	return minutes > 0 ? `${minutes}m${rest}` : rest;
}
