import { within } from '../core/abort';
import { ApiFailure, type FailureKind } from '../core/errors';
import { parseJson, type JsonObject } from '../core/json';
import type { AssemblerFactory } from './assembler';
import { isErrorBody } from './errorBody';
import { eventReader } from './sse';
import { requestIdOf, statusFailure } from './statusFailure';
import { readEvent } from './streamEvents';
import { readText } from './body';
import type { HttpRequest, HttpResponse, Transport } from './transport';

/** How long one request may take, in milliseconds. */
export interface Timeouts {
	/** Until the whole answer is there. */
	timeoutMs: number;
	/** Until the answer begins; no limit of its own unless given. */
	firstTokenTimeoutMs?: number;
	/** Without a sign of life within an answer; no limit unless given. */
	idleTimeoutMs?: number;
	/** Ends the request at once. */
	abortSignal?: AbortSignal;
}

/** How an answer is read. */
export interface AnswerFormat<T> {
	/** Makes the value of the answer's JSON; throws an ApiFailure when it is not what the API promises. */
	read: (json: unknown) => T;
	/** Puts the chunks together where a reply may come as events. */
	assemble?: AssemblerFactory;
}

export interface Answer<T> {
	value: T;
	/** Lower-case names. */
	headers: Record<string, string>;
}

/** A completion is at most a few MB, even with log probabilities; ten times that is a mistake. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/**
 * Sends one request and reads its answer.
 *
 * @throws {ApiFailure} for any other answer than a success; the signal's reason when it aborts.
 */
export async function exchange<T>(
	transport: Transport,
	request: HttpRequest,
	format: AnswerFormat<T>,
	timeouts: Timeouts,
): Promise<Answer<T>> {
	const { firstTokenTimeoutMs, idleTimeoutMs } = timeouts;
	return await withinTimeout(timeouts, async (signal) => {
		const limits = { headersTimeoutMs: firstTokenTimeoutMs, idleTimeoutMs, signal };
		const response = await transport.send({ ...request, ...limits });
		return readAnswer(response, await readText(response, MAX_RESPONSE_BYTES, signal), format);
	});
}

/** Makes the value of a whole answer, whatever its label says. */
export function readAnswer<T>(
	response: HttpResponse,
	text: string,
	{ read, assemble }: AnswerFormat<T>,
): Answer<T> {
	const { status, headers } = response;
	if (status < 200 || status > 299) throw statusFailure(status, headers, text);
	const json = parseJson(text) ?? parseJson(withoutLastEvent(text)) ?? fromEvents(response, text, assemble);
	if (json === undefined) throw answeredWith(response, 'bad_reply', 'The reply is not JSON');
	if (isErrorBody(json)) throw statusFailure(status, headers, text);
	try {
		return { value: read(json), headers };
	} catch (error) {
		throw error instanceof ApiFailure ? answeredWith(response, error.kind, error.message) : error;
	}
}

/** Some servers end a whole answer like a stream, by `data: [DONE]`. */
function withoutLastEvent(text: string): string {
	const isEnded = text.trimEnd().endsWith('[DONE]');
	return isEnded ? text.slice(0, Math.max(0, text.lastIndexOf('data:'))) : '';
}

/** The reply of a server that streams without having been asked to. */
function fromEvents(
	response: HttpResponse,
	text: string,
	assemble?: AssemblerFactory,
): JsonObject | undefined {
	if (!assemble || !/^\s*(?:data|event|id|retry)?:/.test(text.slice(0, 200))) return undefined;
	const completion = assemble(
		() => {},
		() => {},
	);
	const events = eventReader((event) =>
		readEvent(event, response, (step) => {
			if (step !== 'done') completion.add(step);
		}),
	);
	events.feed(Buffer.from(text));
	events.end();
	return completion.isComplete ? completion.completion() : undefined;
}

/** Some servers send blank lines for ever to keep a connection open, so the whole answer has a time limit. */
export async function withinTimeout<T>(
	{ timeoutMs, abortSignal }: Timeouts,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const tooSlow = () =>
		new ApiFailure('timeout', `No whole answer within ${timeoutMs} ms`, { code: 'TIMEOUT' });
	return await within(timeoutMs, tooSlow, [abortSignal], async (signal) => {
		signal.throwIfAborted();
		return await work(signal);
	});
}

/** A failure that only the body of a success tells. */
function answeredWith({ status, headers }: HttpResponse, kind: FailureKind, message: string): ApiFailure {
	const requestId = requestIdOf(headers);
	return new ApiFailure(kind, message, { status, ...(requestId && { requestId }) });
}
