import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiFailure } from '../core/errors';

/** A single event is at most a few MB: one with a picture, or with all of a long reply. */
const MAX_EVENT_CHARS = 32 * 1024 * 1024;

/**
 * Takes a stream of server-sent events apart, however its bytes are cut into chunks.
 *
 * @param onEvent told of each event with data, in order; what it throws comes out of `feed` and `end`.
 * @returns `feed` for the next bytes, `end` for when there are no more.
 * @throws {ApiFailure} `too_large` from `feed` for an event that never ends.
 */
export function eventReader(onEvent: (event: EventSourceMessage) => void): {
	feed: (bytes: Buffer) => void;
	end: () => void;
} {
	const parser = createParser({
		onEvent,
		onError(error) {
			if (error.type === 'unknown-field') return takeForeignLine(error.field, error.value, error.line);
			if (error.type !== 'max-buffer-size-exceeded') return;
			const message = `An event of the stream is larger than ${MAX_EVENT_CHARS} characters`;
			throw new ApiFailure('too_large', message, {}, error);
		},
		maxBufferSize: MAX_EVENT_CHARS,
	});
	/** llama.cpp sends an error as a field of its own, other servers JSON without the name of a field. */
	const takeForeignLine = (field = '', value = '', line = '') => {
		if (field === 'error') onEvent({ event: 'error', data: value, id: undefined });
		else if (line.startsWith('{')) onEvent({ event: undefined, data: line, id: undefined });
	};
	// Five times as fast as a TextDecoder, but it keeps a byte order mark.
	const decoder = new StringDecoder();
	let isFirst = true;
	const feed = (text: string) => {
		if (isFirst && text) {
			isFirst = false;
			if (text.startsWith('\ufeff')) return parser.feed(text.slice(1));
		}
		parser.feed(text);
	};
	return {
		feed: (bytes) => feed(decoder.write(bytes)),
		// Some servers leave out the blank line after the last event, which is what ends an event.
		end: () => feed(`${decoder.end()}\n\n`),
	};
}
