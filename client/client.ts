import { readChatReply, type ChatReply, type Warning } from './chatReply';
import type { ChatRequest } from './chatRequest';
import { systemClock, type Clock } from './clock';
import { connectionHeaders, connectionSecrets, endpointUrl, type ConnectionSettings } from './connection';
import { ApiFailure, type Attempt, type FailureKind } from './errors';
import { parseJson } from './json';
import { readModelList, type Model } from './modelList';
import { adaptRequest } from './models';
import { redactFailure } from './redact';
import { withRetry, type RetryLimits } from './retry';
import { isErrorBody, requestIdOf, statusFailure } from './statusFailure';
import { readText, type HttpRequest, type HttpResponse, type Transport } from './transport';

export interface CallOptions extends RetryLimits {
	/** Milliseconds within which the whole answer must be there, per attempt. */
	timeoutMs: number;
	/** Ends the call at once, whatever it is doing. */
	signal?: AbortSignal;
	/**
	 * Ends waiting and retrying, while a request already sent may finish, since it is paid for. Must abort when
	 * `signal` does, which is also the default.
	 */
	noMoreAttempts?: AbortSignal;
}

/** One finished call. */
export interface ChatResult extends ChatReply {
	/** Milliseconds from the first request to the reply, waits included. */
	latencyMs: number;
	/** The requests that failed before the one that brought the reply. */
	failedAttempts: Attempt[];
	/** The server's name for the request, for its support to find it by. */
	requestId?: string;
	warnings: Warning[];
}

export interface Client {
	/**
	 * Asks for a chat completion.
	 *
	 * @throws {ApiFailure} when no reply could be had; the signal's reason when it aborts.
	 */
	completeChat(request: ChatRequest, options: CallOptions): Promise<ChatResult>;
	/**
	 * The models the server offers, those for chat first, each group newest first.
	 *
	 * @throws {ApiFailure} as above.
	 */
	listModels(options: CallOptions): Promise<Model[]>;
}

/** A completion is at most a few MB, even with log probabilities; ten times that is a mistake. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/**
 * A client for one OpenAI-compatible server.
 *
 * @throws {InvalidConnectionError} when the settings cannot work.
 */
export function createClient(
	settings: ConnectionSettings,
	transport: Transport,
	clock: Clock = systemClock,
): Client {
	const chatUrl = endpointUrl(settings, '/chat/completions');
	const headers = connectionHeaders(settings);
	const secrets = connectionSecrets(settings);

	/** One request with retries. No error leaves with a secret in it, nor does the list of attempts made of it. */
	async function call<T>(request: Request, read: (json: unknown) => T, options: CallOptions) {
		const stopped = options.noMoreAttempts ?? options.signal;
		const attemptRedacted = async () => {
			try {
				return await attempt(request, read, options);
			} catch (error) {
				if (error instanceof ApiFailure) redactFailure(error, secrets);
				throw error;
			}
		};
		return await withRetry(attemptRedacted, options, clock, stopped);
	}

	async function attempt<T>(request: Request, read: (json: unknown) => T, options: CallOptions) {
		const { response, text } = await exchange(request, options);
		if (response.status < 200 || response.status > 299) {
			throw statusFailure(response.status, response.headers, text);
		}
		const json = parseJson(text);
		if (json === undefined) throw answeredWith(response, 'bad_reply', 'The reply is not JSON');
		if (isErrorBody(json)) throw statusFailure(response.status, response.headers, text);
		try {
			return { value: read(json), requestId: requestIdOf(response.headers) };
		} catch (error) {
			throw error instanceof ApiFailure ? answeredWith(response, error.kind, error.message) : error;
		}
	}

	/**
	 * Gets the whole answer within the time allowed: some servers send blank lines for ever to keep a connection
	 * open.
	 */
	async function exchange(request: Request, { timeoutMs, signal }: CallOptions) {
		const ended = new AbortController();
		const timer = setTimeout(() => {
			ended.abort(new ApiFailure('timeout', `No whole answer within ${timeoutMs} ms`, { code: 'TIMEOUT' }));
		}, timeoutMs);
		const cancel = () => ended.abort(signal?.reason);
		signal?.addEventListener('abort', cancel, { once: true });
		try {
			signal?.throwIfAborted();
			const response = await transport.send({
				...request,
				headers: { accept: 'application/json', ...(request.body && JSON_BODY), ...headers },
				signal: ended.signal,
			});
			return { response, text: await readText(response, MAX_RESPONSE_BYTES, ended.signal) };
		} finally {
			clearTimeout(timer);
			signal?.removeEventListener('abort', cancel);
		}
	}

	return {
		async completeChat(request, options) {
			const adapted = adaptRequest(request);
			const started = clock.now();
			const { result, attempts } = await call(
				{ method: 'POST', url: chatUrl, body: JSON.stringify(adapted.request) },
				readChatReply,
				options,
			);
			return {
				...result.value,
				latencyMs: clock.now() - started,
				failedAttempts: attempts,
				...(result.requestId && { requestId: result.requestId }),
				warnings: adapted.warnings,
			};
		},
		async listModels(options) {
			const url = endpointUrl(settings, '/models');
			return (await call({ method: 'GET', url }, readModelList, options)).result.value;
		},
	};
}

type Request = Pick<HttpRequest, 'method' | 'url' | 'body'>;
const JSON_BODY = { 'content-type': 'application/json' };

/** A failure that only the body of a success tells. */
function answeredWith({ status, headers }: HttpResponse, kind: FailureKind, message: string): ApiFailure {
	const requestId = requestIdOf(headers);
	return new ApiFailure(kind, message, { status, ...(requestId && { requestId }) });
}
