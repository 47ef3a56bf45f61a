import type { IExecuteFunctions } from 'n8n-workflow';
import { isTool } from '../parameters/isTool';

/** A piece is sent on after so long, or as soon as it has so many characters: in queue mode each costs a message. */
const LONGEST_WAIT_MS = 50;
const ENOUGH_CHARS = 40;

/** The reply to one item, on its way to a caller who reads it while it is being written. */
export interface CallerStream {
	add(text: string): void;
	/** Ends one of several replies: passes on `whole` unless some of it came. What comes next is a new paragraph. */
	endReply(whole: string): void;
	/** Sends what is left. */
	flush(): Promise<void>;
	end(): Promise<void>;
}

/**
 * Whether a caller reads along: the trigger is a webhook or a chat whose response mode is Streaming. What a tool says
 * is for its agent.
 */
export function isStreamingToCaller(context: IExecuteFunctions): boolean {
	// Missing in older hosts.
	return typeof context.isStreaming === 'function' && context.isStreaming() && !isTool(context);
}

/** Tells the caller why an item has no reply. When the node fails as a whole, n8n itself does. */
export async function tellCaller(
	context: Pick<IExecuteFunctions, 'sendChunk'>,
	itemIndex: number,
	error: string,
): Promise<void> {
	try {
		await (context.sendChunk('error', itemIndex, error) as void | Promise<void>);
	} catch {
		// A caller who is gone need not know.
	}
}

/** Begins the reply to an item. Pieces keep their order; those of other items may come between, each with its number. */
export function openCallerStream(
	context: Pick<IExecuteFunctions, 'sendChunk'>,
	itemIndex: number,
): CallerStream {
	let pending = '';
	let timer: NodeJS.Timeout | undefined;
	let isFirst = true;
	let isNewReply = true;
	let sent = send('begin');

	async function send(type: 'begin' | 'item' | 'end', content?: string): Promise<void> {
		try {
			// Typed as void, but a promise where it goes through a queue.
			await (context.sendChunk(type, itemIndex, content) as void | Promise<void>);
		} catch {
			// A caller who is gone is no reason to lose the reply.
		}
	}
	const flush = () => {
		clearTimeout(timer);
		timer = undefined;
		sent = sent.then(async () => {
			// Taken only now: a slow caller gets longer pieces instead of more of them.
			const text = pending;
			pending = '';
			if (text) await send('item', text);
		});
		return sent;
	};
	const add = (text: string) => {
		if (text === '') return;
		pending += isNewReply && !isFirst ? `\n\n${text}` : text;
		// The first word is what the caller waits for.
		if (isFirst || pending.length >= ENOUGH_CHARS) void flush();
		else timer ??= setTimeout(() => void flush(), LONGEST_WAIT_MS);
		isFirst = false;
		isNewReply = false;
	};
	return {
		add,
		endReply(whole) {
			if (isNewReply) add(whole);
			isNewReply = true;
		},
		flush,
		async end() {
			await flush();
			await send('end');
		},
	};
}
