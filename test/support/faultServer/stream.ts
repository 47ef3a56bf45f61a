import { gzipSync } from 'node:zlib';
import type { Completion, Streamed } from './behaviours';
import { chunksOf, eventOf, inPieces } from './chunks';
import { completionJson } from './completion';
import { hangUpOnceRead, openAiHeaders, pause, write, type Exchange } from './exchange';

/** Sends a completion as a stream of events, or as much of it as the behaviour says. */
export async function sendStream(exchange: Exchange, behaviour: Completion & Streamed): Promise<void> {
	const { response, request } = exchange;
	const { upTo, thenSend = '', everyMs = 0, gzip = false, end } = behaviour;
	const events = [...eventsOf(exchange, behaviour).slice(0, upTo), thenSend];
	const headers = {
		'content-type': 'text/event-stream; charset=utf-8',
		...(gzip && { 'content-encoding': 'gzip' }),
		...behaviour.headers,
	};
	response.writeHead(200, openAiHeaders(request, { headers }));
	response.flushHeaders();
	for (const bytes of cutUp(events, behaviour)) {
		request.sentAt.push(performance.now());
		await write(exchange, bytes);
		if (everyMs) await pause(exchange, everyMs);
	}
	if (end === 'rst' || end === 'fin') return hangUpOnceRead(exchange, end);
	if (end !== 'silence') response.end();
}

/** The events of the whole stream. */
function eventsOf({ request }: Exchange, behaviour: Completion & Streamed): string[] {
	const { pieces = 4, rewrite = (chunks) => chunks } = behaviour;
	const cut = (text: string) => inPieces(text, pieces);
	const includeUsage = request.body?.stream_options?.include_usage === true;
	const chunks = chunksOf(completionJson(request, behaviour), cut, includeUsage);
	return [...rewrite(chunks), '[DONE]'].map(eventOf);
}

/** The bytes of each write. */
function cutUp(events: string[], { wire, writeBytes, gzip }: Streamed): Buffer[] {
	// One write for each event, unless something is done to the stream as a whole.
	if (!wire && !writeBytes && !gzip) return events.map((event) => Buffer.from(event));
	const text = events.join('');
	const plain = Buffer.from(wire ? wire(text) : text);
	const bytes = gzip ? gzipSync(plain) : plain;
	const length = writeBytes ?? bytes.length;
	return Array.from({ length: Math.ceil(bytes.length / length) }, (_, write) =>
		bytes.subarray(write * length, (write + 1) * length),
	);
}
