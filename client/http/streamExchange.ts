import type { EventSourceMessage } from 'eventsource-parser';
import { ApiFailure } from '../core/errors';
import type { AssemblerFactory, StreamAssembler } from './assembler';
import { readBody, readText } from './body';
import { MAX_RESPONSE_BYTES, readAnswer, withinTimeout, type Answer, type Timeouts } from './exchange';
import { eventReader } from './sse';
import { requestIdOf } from './statusFailure';
import { readEvent, type StreamStep } from './streamEvents';
import type { HttpRequest, HttpResponse, Transport } from './transport';

/** What a caller wants to know while a reply is being written. */
export interface StreamListener {
	/** The model begins to answer: with text, reasoning, a refusal or a tool call. */
	onBegin?: () => void;
	/** A piece of the text of a choice; once there was one, the request is not sent again. */
	onText?: (text: string, choice: number) => void;
}

/** Unlike Buffer.toString, it drops a byte order mark. */
const UTF_8 = new TextDecoder();
const FIRST_TOKEN_TIMEOUT_MS = 600_000;
const IDLE_TIMEOUT_MS = 120_000;
/** After its last event a stream should end; a connection is not kept waiting for that. */
const END_TIMEOUT_MS = 500;
/** After all choices are finished only the usage may come; some servers send nothing but signs of life then. */
const FINISH_TIMEOUT_MS = 2000;
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
		if (response.status > 299) {
			return readAnswer(response, await readText(response, MAX_RESPONSE_BYTES, signal), format);
		}
		const reader = new StreamReader(response, format.assemble, stream, { latestBegin, idleTimeoutMs });
		const text = await reader.readToEnd(signal);
		if (text === undefined) return { value: reader.reply(format.read), headers: response.headers };
		// A server that does not stream.
		const answer = readAnswer(response, text, format);
		showWhole(answer.value, stream);
		return answer;
	});
}

/** Shows a reply that came as a whole. */
function showWhole(value: unknown, { onBegin, onText }: StreamListener): void {
	onBegin?.();
	const { choices = [] } = value as { choices?: Array<{ text: string; index: number }> };
	for (const { text, index } of choices) if (text) onText?.(text, index);
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
	/** Whether all that is missing is the usage, or nothing. */
	private isFinishing = false;
	private shown = false;
	private hasContent = false;
	/** The pieces of an answer that is no stream of events. */
	private whole?: Buffer[];
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

	/**
	 * @returns the text of an answer that is no stream of events, whatever its label says.
	 * @throws {ApiFailure} with what is known of the answer: its request ID, and the text that came.
	 */
	async readToEnd(signal: AbortSignal): Promise<string | undefined> {
		const { latestBegin } = this.limits;
		this.hangUpIn(latestBegin - performance.now(), 'No token came in time', 'FIRST_TOKEN_TIMEOUT');
		try {
			await readBody(this.response, (chunk) => this.feed(chunk), signal);
			if (this.whole) return UTF_8.decode(Buffer.concat(this.whole));
			this.finishEvents();
		} catch (error) {
			// An error after the last word does not undo the reply: the hang-up may be ours, or the time be over.
			if (!this.isWhole) throw error instanceof ApiFailure ? this.withStreamDetails(error) : error;
		} finally {
			clearTimeout(this.timer);
		}
		if (!this.isWhole) throw this.withStreamDetails(cutFailure());
		return undefined;
	}

	/** @throws {ApiFailure} when what came is no reply. */
	reply<T>(read: (json: unknown) => T): T {
		try {
			return read(this.completion.completion());
		} catch (error) {
			throw error instanceof ApiFailure ? this.withStreamDetails(error) : error;
		}
	}

	/** Some servers leave out the last event, some the reason why they finished; all missing is a cut. */
	private get isWhole(): boolean {
		return this.ended || this.completion.isComplete;
	}

	private feed(chunk: Buffer): void {
		this.bytes += chunk.length;
		if (this.bytes > MAX_STREAM_BYTES)
			throw new ApiFailure('too_large', `The stream is larger than ${MAX_STREAM_BYTES} bytes`);
		if (!this.hasContent) {
			const beginning = chunk
				.toString('latin1', 0, 200)
				.replace(/^\xef\xbb\xbf/, '')
				.trimStart();
			// Blank lines keep the connection open.
			if (beginning === '') return;
			this.hasContent = true;
			// Unlike an event, which begins with the name of a field or a colon, JSON or a page begins with a bracket.
			if ('{[<'.includes(beginning.charAt(0))) this.whole = [];
		}
		if (this.whole) {
			clearTimeout(this.timer);
			this.whole.push(chunk);
			return;
		}
		if (this.completion.hasBegun && !this.isFinishing) this.timer?.refresh();
		this.events.feed(chunk);
	}

	private takeStep(step: StreamStep): void {
		if (step === 'done') this.ended = true;
		else this.completion.add(step);
		// Some servers leave out the last event and keep the connection.
		this.ended ||= this.completion.isOver;
	}

	private takeEvent(event: EventSourceMessage): void {
		if (!this.ended) readEvent(event, this.response, (step) => this.takeStep(step));
		if (this.ended) this.hangUpIn(END_TIMEOUT_MS);
		else if (this.completion.isComplete && !this.isFinishing) this.hangUpIn(FINISH_TIMEOUT_MS);
		this.isFinishing ||= this.ended || this.completion.isComplete;
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

	private withStreamDetails(failure: ApiFailure): ApiFailure {
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
