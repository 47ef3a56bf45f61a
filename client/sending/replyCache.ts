import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { untilAborted } from '../core/abort';
import type { CallLog } from '../core/callLog';
import { isFatal } from '../core/errors';
import type { ChatReply, Usage, Warning } from '../core/reply';
import type { ModelRequest } from '../core/requests';
import type { Next } from '../core/step';

/** Which replies to use again. */
export interface CacheOptions {
	/** For how many milliseconds a reply is good. */
	keepMs: number;
	/** Whether a reply is worth keeping, and recalling; any that says something, unless given. */
	isCacheable?: (reply: ChatReply) => boolean;
}

/** What the cache needs of a call. */
export interface CacheCall {
	/** Asks in any case unless given. */
	cache?: CacheOptions;
	/** Replies that are read as JSON are kept apart. */
	json?: unknown;
	log: CallLog;
	abortSignal?: AbortSignal;
	stopSignal?: AbortSignal;
	server: { id: string };
}

interface CachedReply {
	reply: ChatReply;
	usage?: Usage;
	warnings: Warning[];
}

interface CacheEntry {
	/** A `CachedReply` as JSON: later nodes may change what they are given, and must not change it for others. */
	json: string;
	keptAt: number;
}

/** For the life of the process. What was used least recently makes room. */
const entries = new LRUCache<string, CacheEntry>({
	max: 10_000,
	maxSize: 32 * 1024 * 1024,
	sizeCalculation: ({ json }) => json.length,
});
/** Requests under way, so that the same is not asked twice at the same time. */
const inFlight = new Map<string, Promise<unknown>>();

/** The layer that asks unless the same request got a reply from the same account not long ago. */
export async function recallReply<R extends ModelRequest, C extends CacheCall>(
	request: R,
	call: C,
	next: Next<R, ChatReply, C>,
): Promise<ChatReply> {
	const { cache, log, server, stopSignal = call.abortSignal } = call;
	// Several replies are asked for to have different ones.
	if (!cache || Number(request.n) > 1) return await next(request, call);
	const { keepMs, isCacheable = saysSomething } = cache;
	const id = createHash('sha256')
		.update(server.id + JSON.stringify(request) + (call.json ? 'json' : ''))
		.digest('base64');
	await awaitIdentical(id, stopSignal);
	const known = readEntry(id, keepMs);
	if (known && isCacheable(known.reply)) {
		log.addCachedReply(known.usage);
		log.warn(...known.warnings);
		return known.reply;
	}
	const before = log.position;
	const asking = next(request, call);
	inFlight.set(id, asking);
	try {
		const reply = await asking;
		// The reply of another model than the one asked for must not outlast what kept that one from answering.
		if (log.fallbackModel === undefined && isCacheable(reply)) {
			const { usage } = log.totals(before);
			const cached: CachedReply = { reply, usage, warnings: log.warningsSince(before) };
			entries.set(id, { json: JSON.stringify(cached), keptAt: Date.now() });
		}
		return reply;
	} finally {
		if (inFlight.get(id) === asking) inFlight.delete(id);
	}
}

/**
 * Waits for an identical request in flight, once.
 *
 * @throws {ApiFailure} its failure, if it failed for the key or the account: ours would, too.
 */
async function awaitIdentical(id: string, stopSignal: AbortSignal | undefined): Promise<void> {
	const failure = inFlight.get(id)?.then(
		() => undefined,
		(error: unknown) => error,
	);
	const met = failure && (await untilAborted(failure, stopSignal));
	if (isFatal(met)) throw met;
}

function readEntry(id: string, keepMs: number): CachedReply | undefined {
	const entry = entries.get(id);
	return entry && Date.now() - entry.keptAt < keepMs ? (JSON.parse(entry.json) as CachedReply) : undefined;
}

/** An empty reply is a mishap, and the next may be better. */
function saysSomething({ choices: [{ text, refusal, toolMessage }] }: ChatReply): boolean {
	return Boolean(text.trim() || refusal || toolMessage);
}
