import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ChatRequest } from '../../client/chatRequest';
import type { CallOptions, ChatResult, Client } from '../../client/client';
import type { CompletionRequest } from '../../client/completionRequest';
import { untilAborted, withinTotal } from '../../client/deadline';
import type { ToolRun } from '../../client/toolLoop';
import { failsForAll, metFailure } from './notSent';

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
 * @param isOfUse whether a reply is worth keeping; one that is not is not recalled, either.
 */
export async function askOrRecall(
	client: Client,
	request: AnyRequest,
	keepMs: number,
	options: CallOptions,
	isOfUse: (reply: CachedResult) => boolean = saysSomething,
): Promise<CachedResult> {
	// Who wants several replies wants different ones.
	if (keepMs === 0 || Number(request.n) > 1) return await ask(client, request, options);
	const { totalTimeoutMs, signal, noMoreAttempts } = options;
	// One limit for the wait and the call together.
	return await withinTotal(totalTimeoutMs, [signal, noMoreAttempts], (signal, noMoreAttempts) =>
		recall(
			client,
			request,
			keepMs,
			{ ...options, totalTimeoutMs: undefined, signal, noMoreAttempts },
			isOfUse,
		),
	);
}

async function recall(
	client: Client,
	request: AnyRequest,
	keepMs: number,
	options: CallOptions,
	isOfUse: (reply: CachedResult) => boolean,
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
		const met = await untilAborted(failure, options.noMoreAttempts);
		// One's own would be the same.
		if (failsForAll(met)) throw metFailure(met);
	}
	const kept = replies.get(id);
	if (kept && Date.now() - kept.at < keepMs) {
		const result = JSON.parse(kept.json) as ChatResult;
		delete result.timeToFirstTokenMs;
		if (isOfUse(result))
			return { ...result, latencyMs: Date.now() - started, failedAttempts: [], cached: true };
	}
	const reply = ask(client, request, options);
	asking.set(id, reply);
	try {
		const result = await reply;
		// The reply of another model than the one asked for must not outlast what kept that one from answering.
		if (result.fallbackModel === undefined && isOfUse(result))
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
