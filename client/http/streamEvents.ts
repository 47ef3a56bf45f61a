import type { EventSourceMessage } from 'eventsource-parser';
import { ApiFailure } from '../core/errors';
import { isObject, parseJson, type JsonObject } from '../core/json';
import { isErrorBody } from './errorBody';
import { statusFailure } from './statusFailure';
import type { HttpResponse } from './transport';

/** What an event of a stream says: chunks of the reply, or that it is over. */
export type StreamStep = JsonObject | 'done';

/**
 * Reads one event. Servers put the prefix of the data twice, an event on each line without an empty one between, and
 * events that are empty to keep the connection open.
 *
 * @param take is given each step at once, so that those before an error count.
 * @throws {ApiFailure} for an event that is an error; `bad_reply` for data that is no JSON.
 */
export function readEvent(
	event: EventSourceMessage,
	response: AnswerHead,
	take: (step: StreamStep) => void,
): void {
	const data = withoutPrefix(event.data);
	if (data === '') return;
	if (data === '[DONE]') return take('done');
	const json = parseJson(data);
	if (json === undefined && data.includes('\n')) {
		for (const line of data.split('\n')) readEvent({ ...event, data: line }, response, take);
		return;
	}
	take(readChunk(json, event, response));
}

export type AnswerHead = Pick<HttpResponse, 'status' | 'headers'>;

function withoutPrefix(data: string): string {
	let text = data.trim();
	while (text.startsWith('data:')) text = text.slice('data:'.length).trimStart();
	return text;
}

function readChunk(
	json: unknown,
	{ event, data }: EventSourceMessage,
	{ status, headers }: AnswerHead,
): JsonObject {
	// The error itself, or the message, may be all that such an event holds.
	if (event === 'error' || isErrorChunk(json)) {
		const failure = statusFailure(status, headers, withoutPrefix(data));
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
