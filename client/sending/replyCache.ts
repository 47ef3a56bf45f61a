import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ChatRequest } from '../core/requests';
import type { CallOptions, ChatResult, Client } from '../client';
import type { CompletionRequest } from '../endpoints/completions/request';
import { untilAborted, withinTotal } from '../core/abort';
import type { ToolRun } from '../tools/callTools';
import { isFatal, metFailure } from '../../host/run/skippedError';

interface Kept {
	/** The reply as JSON: later nodes may change what they are given, and must not change it for others. */
	json: string;
	at: number;
}

/** For the life of the process. What was used least recently makes room. */
const replies = new LRUCache<string, Kept>({
	max: 10_000,
	maxSize: 32 * 1024 * 1024,
	sizeCalculation: ({ json }) => json.length,
});
/** Requests under way, so that the same is not asked twice at the same time. */
const asking = new Map<string, Promise<unknown>>();

/** A reply, and whether it was paid for earlier; and what tools did for it. */
export type CachedResult = ChatResult & ToolRun & { cached?: true };

export type AnyRequest = ChatRequest | CompletionRequest;

/**
 * Asks, unless the same request got a reply from the same account not long ago.
 *
 * @param keepMs for how many milliseconds a reply is good; 0 asks in any case.
 * @param options also end the wait for the same request of somebody else.
 * @param isCacheable whether a reply is worth keeping; one that is not is not recalled, either.
 */
export async function askOrRecall(
	client: Client,
	request: AnyRequest,
	keepMs: number,
	options: CallOptions,
	isCacheable: (reply: CachedResult) => boolean = saysSomething,
): Promise<CachedResult> {
	// Who wants several replies wants different ones.
	if (keepMs === 0 || Number(request.n) > 1) return await ask(client, request, options);
	const { totalTimeoutMs, signal, stopSignal } = options;
	// One limit for the wait and the call together.
	return await withinTotal(totalTimeoutMs, [signal, stopSignal], (signal, stopSignal) =>
		recall(
			client,
			request,
			keepMs,
			{ ...options, totalTimeoutMs: undefined, signal, stopSignal },
			isCacheable,
		),
	);
}

async function recall(
	client: Client,
	request: AnyRequest,
	keepMs: number,
	options: CallOptions,
	isCacheable: (reply: CachedResult) => boolean,
): Promise<CachedResult> {
	const started = Date.now();
	const id = createHash('sha256')
		.update(client.id + JSON.stringify(request) + (options.json ? 'json' : ''))
		.digest('base64');
	// One failure of another is enough to have waited for.
	const other = asking.get(id);
	if (other) {
		const failure = other.then(
			() => undefined,
			(error: unknown) => error,
		);
		const met = await untilAborted(failure, options.stopSignal);
		// One's own would be the same.
		if (isFatal(met)) throw metFailure(met);
	}
	const kept = replies.get(id);
	if (kept && Date.now() - kept.at < keepMs) {
		const result = JSON.parse(kept.json) as ChatResult;
		delete result.timeToFirstTokenMs;
		if (isCacheable(result))
			return { ...result, latencyMs: Date.now() - started, failedAttempts: [], cached: true };
	}
	const reply = ask(client, request, options);
	asking.set(id, reply);
	try {
		const result = await reply;
		// The reply of another model than the one asked for must not outlast what kept that one from answering.
		if (result.fallbackModel === undefined && isCacheable(result))
			replies.set(id, { json: JSON.stringify(result), at: Date.now() });
		return result;
	} finally {
		if (asking.get(id) === reply) asking.delete(id);
	}
}

/** An empty reply is a mishap, and the next may be better. */
function saysSomething({ choices: [{ text, refusal, toolMessage }] }: ChatResult): boolean {
	return Boolean(text.trim() || refusal || toolMessage);
}

function ask(client: Client, request: AnyRequest, options: CallOptions): Promise<ChatResult> {
	return isChat(request) ? client.completeChat(request, options) : client.complete(request, options);
}

function isChat(request: AnyRequest): request is ChatRequest {
	return 'messages' in request;
}
