import type { EventSourceMessage } from 'eventsource-parser';
import { readBody, readText } from './body';
import { readChatReply, type ChatReply } from '../endpoints/chat/response';
import { ApiFailure } from '../core/errors';
import { MAX_RESPONSE_BYTES, readAnswer, withinTimeout, type Answer, type Timeouts } from './exchange';
import { parseJson } from '../core/json';
import { eventReader } from './sse';
import { isErrorBody, requestIdOf, statusFailure } from './statusFailure';
import { StreamedCompletion } from '../endpoints/chat/stream';
import type { HttpRequest, HttpResponse, Transport } from './transport';

/** What a caller wants to know while a reply is being written. */
export interface StreamListener {
	/** The model begins to answer: with text, reasoning, a refusal or a tool call. */
	onBegin?: () => void;
	/** A piece of the text of a choice; once there was one, the request is not sent again. */
	onText?: (text: string, choice: number) => void;
}

/** What the reply of an endpoint looks like. */
export interface ReplyFormat {
	/** Makes the reply of the answer's JSON; throws an ApiFailure when it is not what the API promises. */
	read: (json: unknown) => ChatReply;
	/** Puts the chunks of a streamed reply together. */
	assemble(...told: ConstructorParameters<typeof StreamedCompletion>): StreamedCompletion;
}

export const CHAT_FORMAT: ReplyFormat = {
	read: readChatReply,
	assemble: (onBegin, onText) => new StreamedCompletion(onBegin, onText),
};

const FIRST_TOKEN_TIMEOUT_MS = 600_000;
const IDLE_TIMEOUT_MS = 120_000;
/** After its last event a stream should end; a connection is not kept waiting for that. */
const END_TIMEOUT_MS = 500;
/** Every piece of the text comes in an object of its own, so a stream is several times the size of a whole answer. */
const MAX_STREAM_BYTES = 4 * MAX_RESPONSE_BYTES;

/**
 * Sends one request for a streamed reply, and puts the reply together.
 *
 * @param timeouts unless given, 10 minutes until the first token and 2 minutes without a sign of life after it.
 * @throws {ApiFailure} as `exchange` does; once text came, `partialText` is among its details.
 */
export async function exchangeStream(
	transport: Transport,
	request: HttpRequest,
	timeouts: Timeouts,
	listener: StreamListener,
	format = CHAT_FORMAT,
): Promise<Answer<ChatReply>> {
	const { firstTokenTimeoutMs = FIRST_TOKEN_TIMEOUT_MS, idleTimeoutMs = IDLE_TIMEOUT_MS } = timeouts;
	const latestBegin = performance.now() + firstTokenTimeoutMs;
	return await withinTimeout(timeouts, async (signal) => {
		const response = await transport.send({ ...request, headersTimeoutMs: firstTokenTimeoutMs, signal });
		const isStream = /event-stream/i.test(response.headers['content-type'] ?? '');
		if (isStream && response.status < 300) {
			const limits = { latestBegin, idleTimeoutMs, signal };
			return { value: await readStream(response, limits, listener, format), headers: response.headers };
		}
		// An error, or a server that does not stream.
		const answer = readAnswer(response, await readText(response, MAX_RESPONSE_BYTES, signal), format.read);
		listener.onBegin?.();
		for (const { text, index } of answer.value.choices) if (text) listener.onText?.(text, index);
		return answer;
	});
}

async function readStream(
	response: HttpResponse,
	{ latestBegin, idleTimeoutMs, signal }: { latestBegin: number; idleTimeoutMs: number; signal: AbortSignal },
	listener: StreamListener,
	format: ReplyFormat,
): Promise<ChatReply> {
	let bytes = 0;
	let ended = false;
	let shown = false;
	let timer: NodeJS.Timeout | undefined;
	const hangUpIn = (ms: number, message = '', code = '') => {
		clearTimeout(timer);
		const hangUp = () => response.body.destroy(new ApiFailure('timeout', message, { code }));
		timer = setTimeout(hangUp, ms);
	};
	const completion = format.assemble(
		() => {
			hangUpIn(idleTimeoutMs, `Nothing came for ${idleTimeoutMs} ms`, 'IDLE_TIMEOUT');
			listener.onBegin?.();
		},
		(text, choice) => {
			shown ||= listener.onText !== undefined;
			listener.onText?.(text, choice);
		},
	);
	const events = eventReader((event) => {
		const data = event.data.trim();
		// Some servers keep the connection open with events that are empty.
		if (ended || data === '') return;
		if (data === '[DONE]') ended = true;
		else completion.add(readChunk(event, response));
		// Some servers leave out the last event and keep the connection.
		ended ||= completion.isOver;
		if (ended) hangUpIn(END_TIMEOUT_MS);
	});
	const feed = (chunk: Buffer) => {
		bytes += chunk.length;
		if (bytes > MAX_STREAM_BYTES)
			throw new ApiFailure('too_large', `The stream is larger than ${MAX_STREAM_BYTES} bytes`);
		if (completion.hasBegun && !ended) timer?.refresh();
		events.feed(chunk);
	};
	hangUpIn(latestBegin - performance.now(), 'No token came in time', 'FIRST_TOKEN_TIMEOUT');
	try {
		await readBody(response, feed, signal)
			.then(() => endOf(events))
			.catch((error: unknown) => {
				// What goes wrong after all was said does not undo it: we may have hung up, or the time be over.
				if (!(ended || completion.isComplete)) throw error;
			});
		// Some servers leave out the last event, some the reason why they finished; all missing is a cut.
		if (!ended && !completion.isComplete) throw cut();
		return format.read(completion.completion());
	} catch (error) {
		if (!(error instanceof ApiFailure)) throw error;
		error.details.requestId ??= requestIdOf(response.headers);
		if (completion.text) error.details.partialText = completion.text;
		if (shown) error.details.shown = true;
		throw error;
	} finally {
		clearTimeout(timer);
	}
}

const cut = () =>
	new ApiFailure('connection', 'The stream ended before the reply did', { code: 'STREAM_CUT' });

/** An event that was cut in the middle is not the server's idea of JSON. */
function endOf(events: ReturnType<typeof eventReader>): void {
	try {
		events.end();
	} catch (error) {
		throw error instanceof ApiFailure && error.kind === 'bad_reply' ? cut() : error;
	}
}

function readChunk(
	{ event, data }: EventSourceMessage,
	{ status, headers }: HttpResponse,
): Record<string, unknown> {
	const json = parseJson(data) as Record<string, unknown> | null | undefined;
	// The error itself, or the message, may be all that such an event holds.
	if (event === 'error' || isErrorChunk(json)) {
		const failure = statusFailure(status, headers, data);
		// With a 200, an error that names no cause could mean that this is another API. Here it is not.
		throw failure.kind === 'bad_reply' ? new ApiFailure('server', failure.message, failure.details) : failure;
	}
	if (typeof json !== 'object' || json === null) {
		throw new ApiFailure('bad_reply', 'A part of the streamed reply is not JSON');
	}
	return json;
}

/** Unlike a whole answer, a chunk may have both an error and choices (OpenRouter), or be the error itself (vLLM). */
function isErrorChunk(json: Record<string, unknown> | null | undefined): boolean {
	return json?.object === 'error' || (!!json?.error && isErrorBody({ error: json.error }));
}
