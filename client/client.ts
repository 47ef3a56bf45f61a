import { createHash } from 'node:crypto';
import { sendAdapting, streamed, type UnsupportedByModel } from './capabilities/sendWithoutUnsupported';
import type { CallOptions } from './sending/callOptions';
import type { ChatReply, Warning } from './endpoints/chat/response';
import type { ChatRequest } from './core/requests';
import { systemClock, type Clock } from './core/clock';
import type { CompletionRequest } from './endpoints/completions/request';
import { connectionHeaders, connectionSecrets, endpointUrl, type ConnectionSettings } from './http/connection';
import { costOf } from './pricing/cost';
import { withinTotal } from './core/abort';
import { CHAT, COMPLETIONS, type Endpoint, type ModelRequest } from './endpoints/endpoint';
import { waitedMsOf, type Attempt } from './core/errors';
import { exchange } from './http/exchange';
import { withFallback } from './sending/fallback';
import { completeJson } from './structured/repairJson';
import type { Model } from './endpoints/models/response';
import type { ModerationReply, ModerationRequest } from './endpoints/moderations/response';
import { pacerFor } from './pacing/pacers';
import { createPlainCalls } from './plainCalls';
import { providerOf } from './pricing/prices';
import { createSend } from './sending/send';
import { requestIdOf } from './http/statusFailure';
import { exchangeStream } from './http/streamExchange';
import { withToolCalls } from './tools/toolCalls';
import type { Transport } from './http/transport';

export type { CallOptions } from './sending/callOptions';

/** How a call went. */
export interface Called {
	/** Milliseconds from the first request to the reply, waits included. */
	latencyMs: number;
	/** The requests that failed before the one that brought the reply. */
	failedAttempts: Attempt[];
	/** The server's name for the request, for its support to find it by. */
	requestId?: string;
	warnings: Warning[];
}

/** What a model wrote. */
export interface ChatResult extends ChatReply, Called {
	/** Milliseconds from the first request until the model began to answer, when the reply was streamed. */
	timeToFirstTokenMs?: number;
	/** What the reply cost in USD; null when the price is unknown. */
	costUsd: number | null;
	/** The model asked, when it is not the one of the request. */
	fallbackModel?: string;
}

/** Without a cost: OpenAI does not charge for moderation. */
export type ModerationResult = ModerationReply & Called;
export type ModelResult = Called & { model: Model };
export type ModelListResult = Called & { models: Model[] };

/**
 * Each call throws an `ApiFailure` when no reply could be had, the signal's reason when it aborts, and what `beforeSend`
 * throws. Of these, whatever is `CallError` tells what had been sent and paid for by then.
 */
export interface Client {
	/** The same for all clients of the same address and account. A hash, from which the key cannot be read. */
	id: string;
	/** Asks for a chat completion. */
	completeChat(request: ChatRequest, options: CallOptions): Promise<ChatResult>;
	/** Asks for completions of one or more prompts: `choicesByPrompt` divides the choices among them. */
	complete(request: CompletionRequest, options: CallOptions): Promise<ChatResult>;
	/**
	 * Asks whether something is harmful: by one request after the other, whose findings are put together.
	 *
	 * @throws {InvalidConnectionError} on Azure, which has no such API.
	 */
	moderate(
		requests: [ModerationRequest, ...ModerationRequest[]],
		options: CallOptions,
	): Promise<ModerationResult>;
	/** One model of the server. */
	getModel(id: string, options: CallOptions): Promise<ModelResult>;
	/** The models the server offers, those for chat first, each group newest first. */
	listModels(options: CallOptions): Promise<ModelListResult>;
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
	const chatUrl = endpointUrl(settings, CHAT.path);
	const account = connectionHeaders(settings);
	const headers = { accept: 'application/json', ...account };
	const provider = providerOf(settings);
	const refusals: UnsupportedByModel = new Map();
	const send = createSend(clock, connectionSecrets(settings));
	const id = createHash('sha256')
		.update(JSON.stringify([chatUrl.href, account]))
		.digest('base64');

	function post(url: URL, body: string) {
		return {
			method: 'POST' as const,
			url,
			headers: { 'content-type': 'application/json', ...headers },
			body,
		};
	}

	async function askModel<R extends ModelRequest>(
		endpoint: Endpoint<R>,
		url: URL,
		request: R,
		options: CallOptions,
	): Promise<Omit<ChatResult, 'latencyMs'>> {
		const { stream, ownPrices } = options;
		const adapted = endpoint.adapt(stream ? streamed(request) : request);
		const pacer = pacerFor(id, request.model, clock);
		const format = endpoint.formatOf(request);
		const sendOnce = async (toSend: R) => {
			const body = JSON.stringify(toSend);
			const message = post(url, body);
			const bytes = endpoint.tokenBytes(toSend, body);
			const exchangeOnce = () =>
				stream
					? exchangeStream(transport, message, options, stream, format)
					: exchange(transport, message, format.read, options);
			return await send({ pacer, bytes, exchange: exchangeOnce }, options);
		};
		const { result, attempts, warnings, sent } = await sendAdapting(adapted, sendOnce, refusals);
		const requestId = requestIdOf(result.headers);
		const { mended, ...reply } = withToolCalls(result.value, request);
		return {
			...reply,
			costUsd: costOf(reply, sent, { provider, ownPrices, at: clock.date() }),
			failedAttempts: attempts,
			...(requestId && { requestId }),
			warnings: [...warnings, ...mended],
		};
	}

	/**
	 * What sends the requests of one call. Each begins with the model that answered the one before, since those ahead of
	 * it could not, and may wait for as long as those before it left over.
	 */
	function askModels<R extends ModelRequest>(endpoint: Endpoint<R>, url: URL, options: CallOptions) {
		const { fallbackModels = [], beginWith } = options;
		let first = beginWith === undefined ? 0 : fallbackModels.indexOf(beginWith) + 1;
		let waitedBeforeMs = 0;
		return async (request: R) => {
			const models = [request.model, ...fallbackModels];
			const ask = async (model: string, waitedMs: number) => {
				const maxWaitMs = Math.max(0, options.maxWaitMs - waitedBeforeMs - waitedMs);
				return await askModel(endpoint, url, { ...request, model }, { ...options, maxWaitMs });
			};
			const reply = await withFallback(models, first, ask, options.stopSignal ?? options.signal);
			if (reply.fallbackModel !== undefined) first = models.indexOf(reply.fallbackModel);
			waitedBeforeMs += waitedMsOf(reply.failedAttempts);
			return reply;
		};
	}

	/** Keeps a call within its time, and says how long it took. */
	async function timed<T extends object>(given: CallOptions, call: (options: CallOptions) => Promise<T>) {
		const started = clock.now();
		let begunAt: number | undefined;
		const onBegin = () => (begunAt = clock.now());
		const options = given.stream ? { ...given, stream: { ...given.stream, onBegin } } : given;
		const { totalTimeoutMs, signal, stopSignal = signal } = options;
		const reply = await withinTotal(totalTimeoutMs, [signal, stopSignal], (signal, stopSignal) =>
			call({ ...options, signal, stopSignal }),
		);
		return {
			...reply,
			latencyMs: Math.round(clock.now() - started),
			...(begunAt !== undefined && { timeToFirstTokenMs: Math.round(begunAt - started) }),
		};
	}

	const plain = createPlainCalls(async (path, { body, pacedBy, bytes }, read, options) => {
		const url = endpointUrl(settings, path);
		const message = body === undefined ? { method: 'GET' as const, url, headers } : post(url, body);
		const exchangeOnce = () => exchange(transport, message, read, options);
		const pacer = pacerFor(id, pacedBy, clock);
		const { result, attempts } = await send({ pacer, bytes, exchange: exchangeOnce }, options);
		const requestId = requestIdOf(result.headers);
		return { ...result.value, failedAttempts: attempts, ...(requestId && { requestId }), warnings: [] };
	});

	return {
		id,
		async completeChat(request, options) {
			return await timed(options, (options) => {
				const ask = askModels(CHAT, chatUrl, options);
				return options.json ? completeJson(ask, request, options.json) : ask(request);
			});
		},
		async complete(request, options) {
			const url = endpointUrl(settings, COMPLETIONS.path);
			return await timed(options, (options) => askModels(COMPLETIONS, url, options)(request));
		},
		async moderate(requests, options) {
			return await timed(options, (options) => plain.moderate(requests, options));
		},
		async getModel(model, options) {
			return await timed(options, (options) => plain.getModel(model, options));
		},
		async listModels(options) {
			return await timed(options, plain.listModels);
		},
	};
}
