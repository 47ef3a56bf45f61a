import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ChatRequest } from '../../client/chatRequest';
import type { CallOptions, ChatResult, Client } from '../../client/client';
import { untilAborted, withinTotal } from '../../client/deadline';

interface Kept {
	result: ChatResult;
	at: number;
}

/** For the life of the process. What was used least recently makes room. */
const replies = new LRUCache<string, Kept>({
	max: 10_000,
	maxSize: 32 * 1024 * 1024,
	sizeCalculation: ({ result }) => JSON.stringify(result).length,
});
/** Requests under way, so that the same is not asked twice at the same time. */
const asking = new Map<string, Promise<void>>();

/** A reply, and whether it was paid for earlier. */
export type CachedResult = ChatResult & { cached?: true };

/**
 * Asks, unless the same request got a reply from the same account not long ago.
 *
 * @param keepMs for how many milliseconds a reply is good; 0 asks in any case.
 * @param options end the wait for the same request of somebody else.
 */
export async function askOrRecall(
	client: Client,
	request: ChatRequest,
	keepMs: number,
	{ noMoreAttempts, totalTimeoutMs }: Pick<CallOptions, 'noMoreAttempts' | 'totalTimeoutMs'>,
	ask: () => Promise<ChatResult>,
): Promise<CachedResult> {
	// Who wants several replies wants different ones.
	if (keepMs === 0 || Number(request.n) > 1) return await ask();
	const started = Date.now();
	const id = createHash('sha256')
		.update(client.id + JSON.stringify(request))
		.digest('base64');
	// One failure of another is enough to have waited for.
	const other = asking.get(id);
	if (other) await withinTotal(totalTimeoutMs, [noMoreAttempts], (signal) => untilAborted(other, signal));
	const kept = replies.get(id);
	if (kept && Date.now() - kept.at < keepMs) {
		return { ...kept.result, latencyMs: Date.now() - started, failedAttempts: [], cached: true };
	}
	const reply = ask();
	const done = reply.then(
		() => {},
		() => {},
	);
	asking.set(id, done);
	try {
		const result = await reply;
		// The reply of another model than the one asked for must not outlast what kept that one from answering.
		const fellBack = result.warnings.some(({ feature }) => feature === 'fallbackModels');
		if (!fellBack) replies.set(id, { result, at: Date.now() });
		return result;
	} finally {
		if (asking.get(id) === done) asking.delete(id);
	}
}
