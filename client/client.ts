import { createHash } from 'node:crypto';
import type { Call, CallOptions, Server } from './call';
import { completeRequest } from './chat';
import { CallLog, type Attempt } from './core/callLog';
import { systemClock, type Clock } from './core/clock';
import type { ChatReply, Warning } from './core/reply';
import type { ChatRequest, CompletionRequest, ModelRequest } from './core/requests';
import { CHAT } from './endpoints/chat/endpoint';
import { COMPLETIONS } from './endpoints/completions/endpoint';
import type { Endpoint } from './endpoints/endpoint';
import type { Model } from './endpoints/models/response';
import type { ModerationReply, ModerationRequest } from './endpoints/moderations/response';
import {
	connectionHeaders,
	connectionSecrets,
	endpointUrl,
	type ConnectionSettings,
} from './http/connection';
import type { Transport } from './http/transport';
import { getModel, listModels } from './models';
import { moderate } from './moderate';
import { providerOf } from './pricing/prices';
import { withinTotalTime } from './sending/totalTime';

/** How a call went. */
export interface CallInfo {
	/** Milliseconds from the first request to the reply, waits included. */
	latencyMs: number;
	/** The requests that failed before the one that brought the reply. */
	failedAttempts: Attempt[];
	/** The server's name for the request, for its support to find it by. */
	requestId?: string;
	warnings: Warning[];
}

/** What a model wrote. */
export interface ChatResult extends Omit<ChatReply, 'warnings'>, CallInfo {
	/** Milliseconds from the first request until the model began to answer, when the reply was streamed. */
	timeToFirstTokenMs?: number;
	/** What all replies of the call cost in USD; null when the price is unknown. */
	costUsd: number | null;
	/** The model asked, when it is not the one of the request. */
	fallbackModel?: string;
	/** How many requests it took, those that failed included; none when the reply was paid for by an earlier call. */
	requestCount: number;
	/** Whether the reply, with all rounds of tools, was paid for by an earlier call. */
	cached?: true;
}

/** Without a cost: OpenAI does not charge for moderation. */
export type ModerationResult = ModerationReply & CallInfo;
export type ModelResult = CallInfo & { model: Model };
export type ModelListResult = CallInfo & { models: Model[] };

/**
 * Each call throws an `ApiFailure` when no reply could be had, the signal's reason when it aborts, and what `beforeSend`
 * throws. What had been sent and paid for by then is in the log of its options.
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
	const server = connectServer(settings, transport, clock);
	return {
		id: server.id,
		completeChat: (request, options) => completeAt(CHAT, request, options, server),
		complete: (request, options) => completeAt(COMPLETIONS, request, options, server),
		moderate: (requests, options) => callServer(moderate, requests, options, server),
		getModel: (id, options) => callServer(getModel, id, options, server),
		listModels: (options) => callServer((_, call) => listModels(call), undefined, options, server),
	};
}

/** @throws {InvalidConnectionError} when the settings cannot work. */
function connectServer(settings: ConnectionSettings, transport: Transport, clock: Clock): Server {
	const account = connectionHeaders(settings);
	const urls = new Map([[CHAT.path, endpointUrl(settings, CHAT.path)]]);
	return {
		id: createHash('sha256')
			.update(JSON.stringify([urls.get(CHAT.path)!.href, account]))
			.digest('base64'),
		url(path) {
			const url = urls.get(path) ?? endpointUrl(settings, path);
			// Those of single models are many.
			if (!path.startsWith('/models/')) urls.set(path, url);
			return url;
		},
		headers: { accept: 'application/json', ...account },
		secrets: connectionSecrets(settings),
		transport,
		clock,
		provider: providerOf(settings),
		unsupported: new Map(),
	};
}

async function completeAt<R extends ModelRequest>(
	endpoint: Endpoint<R>,
	request: R,
	options: CallOptions,
	server: Server,
): Promise<ChatResult> {
	const { clock } = server;
	const startedAt = clock.now();
	let begunAt: number | undefined;
	const onBegin = () => (begunAt = clock.now());
	const stream = options.stream && { ...options.stream, onBegin };
	const call = { ...options, stream, endpoint, log: options.log ?? new CallLog(), server };
	const reply = await completeRequest(request, call);
	const { log } = call;
	const { usage, costUsd, isCached } = log.totals();
	const { fallbackModel } = log;
	return {
		...reply,
		...(usage && { usage }),
		costUsd,
		requestCount: isCached ? 0 : log.requestCount,
		...infoOf(log, clock.now() - startedAt),
		...(begunAt !== undefined && { timeToFirstTokenMs: Math.round(begunAt - startedAt) }),
		...(fallbackModel !== undefined && { fallbackModel }),
		...(isCached && { cached: true }),
	};
}

/** Makes a call whose answer no model writes: nothing to stream, adapt or pay. */
async function callServer<Q, A extends object>(
	ask: (request: Q, call: Call) => Promise<A>,
	request: Q,
	options: CallOptions,
	server: Server,
): Promise<A & CallInfo> {
	const { clock } = server;
	const startedAt = clock.now();
	const call: Call = { ...options, stream: undefined, log: options.log ?? new CallLog(), server };
	const answer = await withinTotalTime(request, call, ask);
	return { ...answer, ...infoOf(call.log, clock.now() - startedAt) };
}

function infoOf(log: CallLog, latencyMs: number): CallInfo {
	return { latencyMs: Math.round(latencyMs), failedAttempts: [...log.attempts], warnings: log.warnings };
}
