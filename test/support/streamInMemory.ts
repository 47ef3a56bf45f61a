/** Streams that come over no network: for tests that need thousands of them, or hours to pass between two pieces. */
import { Readable } from 'node:stream';
import { CHAT } from '../../client/endpoints/chat/endpoint';
import { readChatReply } from '../../client/endpoints/chat/response';
import { exchangeStream, type StreamListener } from '../../client/http/streamExchange';
import type { Timeouts } from '../../client/http/exchange';
import type { HttpResponse } from '../../client/http/transport';
import { postTo } from './transportCalls';

/** Reads a stream as if a server had sent it. */
export async function readStream(
	pieces: Iterable<Buffer> | Readable,
	timeouts: Partial<Timeouts> = {},
	listener: StreamListener = {},
) {
	const body = (pieces instanceof Readable ? pieces : Readable.from(pieces)) as HttpResponse['body'];
	const response = { status: 200, headers: { 'content-type': 'text/event-stream' }, body };
	const transport = { send: () => Promise.resolve(response) };
	const { value } = await exchangeStream(
		transport,
		postTo('http://localhost'),
		{ read: readChatReply, assemble: CHAT.assemble },
		{ timeoutMs: 1e9, ...timeouts, stream: listener },
	);
	return value;
}
