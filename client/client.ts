import { createHash } from 'node:crypto';
import { sendAdapting, streamed, type KnownRefusals } from './adapting';
import { readChatReply, type ChatReply, type Warning } from './chatReply';
import { textBytes, type ChatRequest } from './chatRequest';
import { systemClock, type Clock } from './clock';
import { connectionHeaders, connectionSecrets, endpointUrl, type ConnectionSettings } from './connection';
import { costOf, type OwnPrices } from './cost';
import { withinTotal } from './deadline';
import { ApiFailure, type Attempt } from './errors';
import { exchange, type Timeouts } from './exchange';
import { withFallback } from './fallback';
import { completeJson, type JsonOptions } from './jsonCompletion';
import { readModelList, type Model } from './modelList';
import { adaptRequest } from './models';
import { pacerFor } from './pacers';
import type { Outcome, Pacer, Run } from './pacing';
import { providerOf } from './prices';
import { redactFailure } from './redact';
import { exchangeStream, type StreamListener } from './streamExchange';
import { withRetry, type RetryLimits } from './retry';
import { serverWaitMs } from './serverWait';
import { requestIdOf } from './statusFailure';
import type { HttpRequest, Transport } from './transport';

/** Time-outs count per attempt, but for `totalTimeoutMs`; `signal` ends the call, whatever it is doing. */
export interface CallOptions extends RetryLimits, Timeouts {
	/** Milliseconds for the call with all its attempts and waits; no limit unless given. */
	totalTimeoutMs?: number;
	/**
	 * Ends waiting and retrying, while a request already sent may finish, since it is paid for. Must abort when
	 * `signal` does, which is also the default.
	 */
	noMoreAttempts?: AbortSignal;
	/** Called before each request with the attempts that failed before; what it throws ends the call. */
	beforeSend?: (attempts: Attempt[]) => void;
	/** The same object for all calls that belong together: runs that share a limit take turns. */
	run?: Run;
	/** The most requests a minute, counted over all calls with this key, model and number. */
	requestsPerMinute?: number;
	/** The most tokens a minute, likewise. */
	tokensPerMinute?: number;
	/** Streams the reply, which then comes piece by piece; what a caller wants to know meanwhile. */
	stream?: Pick<StreamListener, 'onText'>;
	/** Reads and checks the reply to a request for JSON, whose choices then have `json`. */
	json?: JsonOptions;
	/** Asked in this order when the model of the request is unknown, overloaded, or cannot read so much. */
	fallbackModels?: string[];
	/** Prices to use instead of the published ones. */
	ownPrices?: OwnPrices[];
}

/** One finished call. */
export interface ChatResult extends ChatReply {
	/** Milliseconds from the first request to the reply, waits included. */
	latencyMs: number;
	/** Milliseconds from the first request until the model began to answer, when the reply was streamed. */
	timeToFirstTokenMs?: number;
	/** The requests that failed before the one that brought the reply. */
	failedAttempts: Attempt[];
	/** What the reply cost in USD; null when the price is unknown. */
	costUsd: number | null;
	/** The server's name for the request, for its support to find it by. */
	requestId?: string;
	warnings: Warning[];
}

export interface Client {
	/** The same for all clients of the same address and account. A hash, from which the key cannot be read. */
	id: string;
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
	const account = connectionHeaders(settings);
	const headers = { accept: 'application/json', ...account };
	const secrets = connectionSecrets(settings);
	const provider = providerOf(settings);
	const refusals: KnownRefusals = new Map();
	const id = createHash('sha256')
		.update(JSON.stringify([chatUrl.href, account]))
		.digest('base64');

	/** Retries, and sees to it that no error leaves with a secret in it, nor the list of attempts made of it. */
	async function retried<T>(send: (attempts: Attempt[]) => Promise<T>, options: CallOptions) {
		const sendRedacted = async (attempts: Attempt[]) => {
			try {
				return await send(attempts);
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
			options.noMoreAttempts ?? options.signal,
		);
	}

	/** Sends a request when the pacer says so, and tells it how the request ended. */
	async function paced(
		pacer: Pacer,
		request: HttpRequest & { bytes: number },
		options: CallOptions,
		attempts: Attempt[],
	) {
		const { run = { waiting: 0 }, maxWaitMs, requestsPerMinute, tokensPerMinute, stream } = options;
		const { bytes } = request;
		const stopped = options.noMoreAttempts ?? options.signal;
		const turn = await pacer.turn({ run, bytes, maxWaitMs, requestsPerMinute, tokensPerMinute }, stopped);
		let outcome: Outcome = { kind: 'failed' };
		try {
			// It may have been stopped by what gave it its turn.
			stopped?.throwIfAborted();
			options.beforeSend?.(attempts);
			const answer = stream
				? await exchangeStream(transport, request, options, stream)
				: await exchange(transport, request, readChatReply, options);
			outcome = { kind: 'answered', headers: answer.headers, tokens: answer.value.usage?.totalTokens };
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
			waitMs: serverWaitMs(failure, clock.date()),
		};
	}

	async function askModel(
		request: ChatRequest,
		options: CallOptions,
	): Promise<Omit<ChatResult, 'latencyMs'>> {
		const adapted = adaptRequest(options.stream ? streamed(request) : request);
		const pacer = pacerFor(id, request.model, clock);
		const send = async (toSend: ChatRequest) => {
			const body = JSON.stringify(toSend);
			const post = {
				method: 'POST' as const,
				url: chatUrl,
				headers: { 'content-type': 'application/json', ...headers },
				body,
				bytes: textBytes(toSend, body),
			};
			return await retried((attempts) => paced(pacer, post, options, attempts), options);
		};
		const { result, attempts, warnings, sent } = await sendAdapting(adapted, send, refusals);
		const requestId = requestIdOf(result.headers);
		const { ownPrices } = options;
		return {
			...result.value,
			costUsd: costOf(result.value, sent, { provider, ownPrices, at: clock.date() }),
			failedAttempts: attempts,
			...(requestId && { requestId }),
			warnings,
		};
	}

	async function askModels(request: ChatRequest, options: CallOptions) {
		const models = [request.model, ...(options.fallbackModels ?? [])];
		const ask = async (model: string, waitedMs: number) => {
			const maxWaitMs = Math.max(0, options.maxWaitMs - waitedMs);
			return await askModel({ ...request, model }, { ...options, maxWaitMs });
		};
		return await withFallback(models, ask, options.noMoreAttempts ?? options.signal);
	}

	return {
		id,
		async completeChat(request, given) {
			const started = clock.now();
			let begunAt: number | undefined;
			const onBegin = () => (begunAt = clock.now());
			const options = given.stream ? { ...given, stream: { ...given.stream, onBegin } } : given;
			const { totalTimeoutMs, signal, noMoreAttempts = signal } = options;
			const reply = await withinTotal(totalTimeoutMs, [signal, noMoreAttempts], (signal, noMoreAttempts) => {
				const ask = (toSend: ChatRequest) => askModels(toSend, { ...options, signal, noMoreAttempts });
				return options.json ? completeJson(ask, request, options.json) : ask(request);
			});
			return {
				...reply,
				latencyMs: Math.round(clock.now() - started),
				...(begunAt !== undefined && { timeToFirstTokenMs: Math.round(begunAt - started) }),
			};
		},
		async listModels(options) {
			const request: HttpRequest = { method: 'GET', url: endpointUrl(settings, '/models'), headers };
			return (await retried(() => exchange(transport, request, readModelList, options), options)).result
				.value;
		},
	};
}
