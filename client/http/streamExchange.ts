import type { EventSourceMessage } from 'eventsource-parser';
import { ApiFailure } from '../core/errors';
import { isObject, parseJson, type JsonObject } from '../core/json';
import { readBody, readText } from './body';
import { MAX_RESPONSE_BYTES, readAnswer, withinTimeout, type Answer, type Timeouts } from './exchange';
import { eventReader } from './sse';
import { isErrorBody, requestIdOf, statusFailure } from './statusFailure';
import type { HttpRequest, HttpResponse, Transport } from './transport';

/** What a caller wants to know while a reply is being written. */
export interface StreamListener {
	/** The model begins to answer: with text, reasoning, a refusal or a tool call. */
	onBegin?: () => void;
	/** A piece of the text of a choice; once there was one, the request is not sent again. */
	onText?: (text: string, choice: number) => void;
}

/** Puts the chunks of a streamed reply together. */
export interface StreamAssembler {
	add(chunk: JsonObject): void;
	/** What came so far, as the JSON that the API sends without streaming. */
	completion(): JsonObject;
	/** Whether the model has begun to answer. */
	readonly hasBegun: boolean;
	/** Whether the server said that nothing is to come. */
	readonly isComplete: boolean;
	/** Whether there is nothing that could still come. */
	readonly isOver: boolean;
	/** The text of the first choice so far. */
	readonly text: string;
}

/** Makes an assembler; it tells the beginning of the reply, and each piece of a choice's text. */
export type AssemblerFactory = (
	onBegin: () => void,
	onText: (text: string, choice: number) => void,
) => StreamAssembler;

const FIRST_TOKEN_TIMEOUT_MS = 600_000;
const IDLE_TIMEOUT_MS = 120_000;
/** After its last event a stream should end; a connection is not kept waiting for that. */
const END_TIMEOUT_MS = 500;
/** Every piece of the text comes in an object of its own, so a stream is several times the size of a whole answer. */
const MAX_STREAM_BYTES = 4 * MAX_RESPONSE_BYTES;

/**
 * Sends one request for a streamed reply, and puts the reply together.
 *
 * @param options unless given, 10 minutes until the first token and 2 minutes without a sign of life after it.
 * @throws {ApiFailure} as `exchange` does; once text came, `partialText` is among its details.
 */
export async function exchangeStream<T>(
	transport: Transport,
	request: HttpRequest,
	format: { read: (json: unknown) => T; assemble: AssemblerFactory },
	options: Timeouts & { stream: StreamListener },
): Promise<Answer<T>> {
	const { firstTokenTimeoutMs = FIRST_TOKEN_TIMEOUT_MS, idleTimeoutMs = IDLE_TIMEOUT_MS, stream } = options;
	const latestBegin = performance.now() + firstTokenTimeoutMs;
	return await withinTimeout(options, async (signal) => {
		const response = await transport.send({ ...request, headersTimeoutMs: firstTokenTimeoutMs, signal });
		const isStream = /event-stream/i.test(response.headers['content-type'] ?? '');
		if (isStream && response.status < 300) {
			const reader = new StreamReader(response, format.assemble, stream, { latestBegin, idleTimeoutMs });
			return { value: await reader.read(format.read, signal), headers: response.headers };
		}
		// An error, or a server that does not stream.
		const answer = readAnswer(response, await readText(response, MAX_RESPONSE_BYTES, signal), format.read);
		stream.onBegin?.();
		const { choices = [] } = answer.value as { choices?: Array<{ text: string; index: number }> };
		for (const { text, index } of choices) if (text) stream.onText?.(text, index);
		return answer;
	});
}

interface StreamLimits {
	/** When the model must have begun to answer, as `performance.now()` counts. */
	latestBegin: number;
	idleTimeoutMs: number;
}

/** Reads the body of one streamed answer. */
class StreamReader {
	private readonly completion: StreamAssembler;
	private readonly events: ReturnType<typeof eventReader>;
	private bytes = 0;
	/** Whether the server said the last word. */
	private ended = false;
	private shown = false;
	private timer?: NodeJS.Timeout;

	constructor(
		private readonly response: HttpResponse,
		assemble: AssemblerFactory,
		listener: StreamListener,
		private readonly limits: StreamLimits,
	) {
		const { idleTimeoutMs } = limits;
		this.completion = assemble(
			() => {
				this.hangUpIn(idleTimeoutMs, `Nothing came for ${idleTimeoutMs} ms`, 'IDLE_TIMEOUT');
				listener.onBegin?.();
			},
			(text, choice) => {
				this.shown ||= listener.onText !== undefined;
				listener.onText?.(text, choice);
			},
		);
		this.events = eventReader((event) => this.takeEvent(event));
	}

	/** @throws {ApiFailure} with what is known of the answer: its request ID, and the text that came. */
	async read<T>(read: (json: unknown) => T, signal: AbortSignal): Promise<T> {
		this.hangUpIn(
			this.limits.latestBegin - performance.now(),
			'No token came in time',
			'FIRST_TOKEN_TIMEOUT',
		);
		try {
			await this.readToEnd(signal);
			return read(this.completion.completion());
		} catch (error) {
			throw error instanceof ApiFailure ? this.explained(error) : error;
		} finally {
			clearTimeout(this.timer);
		}
	}

	private async readToEnd(signal: AbortSignal): Promise<void> {
		try {
			await readBody(this.response, (chunk) => this.feed(chunk), signal);
			this.finishEvents();
		} catch (error) {
			// An error after the last word does not undo the reply: the hang-up may be ours, or the time be over.
			if (!this.isWhole) throw error;
		}
		if (!this.isWhole) throw cutFailure();
	}

	/** Some servers leave out the last event, some the reason why they finished; all missing is a cut. */
	private get isWhole(): boolean {
		return this.ended || this.completion.isComplete;
	}

	private feed(chunk: Buffer): void {
		this.bytes += chunk.length;
		if (this.bytes > MAX_STREAM_BYTES)
			throw new ApiFailure('too_large', `The stream is larger than ${MAX_STREAM_BYTES} bytes`);
		if (this.completion.hasBegun && !this.ended) this.timer?.refresh();
		this.events.feed(chunk);
	}

	private takeEvent(event: EventSourceMessage): void {
		const data = event.data.trim();
		// Some servers keep the connection open with events that are empty.
		if (this.ended || data === '') return;
		if (data === '[DONE]') this.ended = true;
		else this.completion.add(readChunk(event, this.response));
		// Some servers leave out the last event and keep the connection.
		this.ended ||= this.completion.isOver;
		if (this.ended) this.hangUpIn(END_TIMEOUT_MS);
	}

	/** An event that was cut in the middle is not the server's idea of JSON. */
	private finishEvents(): void {
		try {
			this.events.end();
		} catch (error) {
			throw error instanceof ApiFailure && error.kind === 'bad_reply' ? cutFailure() : error;
		}
	}

	private hangUpIn(ms: number, message = '', code = ''): void {
		clearTimeout(this.timer);
		const hangUp = () => this.response.body.destroy(new ApiFailure('timeout', message, { code }));
		this.timer = setTimeout(hangUp, ms);
	}

	private explained(failure: ApiFailure): ApiFailure {
		const requestId = failure.details.requestId ?? requestIdOf(this.response.headers);
		const partialText = this.completion.text;
		return failure.with({
			...(requestId && { requestId }),
			...(partialText && { partialText }),
			...(this.shown && { shown: true }),
		});
	}
}

function cutFailure(): ApiFailure {
	return new ApiFailure('connection', 'The stream ended before the reply did', { code: 'STREAM_CUT' });
}

function readChunk({ event, data }: EventSourceMessage, { status, headers }: HttpResponse): JsonObject {
	const json = parseJson(data);
	// The error itself, or the message, may be all that such an event holds.
	if (event === 'error' || isErrorChunk(json)) {
		const failure = statusFailure(status, headers, data);
		// With a 200, an error that names no cause could mean that this is another API. Here it is not.
		throw failure.kind === 'bad_reply' ? new ApiFailure('server', failure.message, failure.details) : failure;
	}
	if (typeof json !== 'object' || json === null) {
		throw new ApiFailure('bad_reply', 'A part of the streamed reply is not JSON');
	}
	// Some servers send an empty list, which says nothing.
	return isObject(json) ? json : {};
}

/** Unlike a whole answer, a chunk may have both an error and choices (OpenRouter), or be the error itself (vLLM). */
function isErrorChunk(json: unknown): boolean {
	if (!isObject(json)) return false;
	return json.object === 'error' || (!!json.error && isErrorBody({ error: json.error }));
}
