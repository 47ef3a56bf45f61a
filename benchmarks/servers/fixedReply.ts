/**
 * The least a server can do: the same chat completion for every request, at once, with the headers that OpenAI sends.
 * Plain it has 1.2 kB, streamed it has 300 deltas. Where CPU and memory of clients are measured, it must not be what
 * they wait for.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { rateLimitHeaders } from '../../test/support/faultServer/behaviours';
import { chunksOf, eventOf, inPieces } from '../../test/support/faultServer/chunks';
import { serveParent } from './serveParent';

const DELTAS = 300;
/** About what one packet of the internet carries. */
const PIECE_BYTES = 1_400;

const completion = (content: string) => ({
	id: 'chatcmpl-C4xkV3dpX6wqGd8F0mJtQbnq7YrZs',
	object: 'chat.completion',
	created: 1793000000,
	model: 'gpt-4.1-mini-2025-04-14',
	choices: [
		{
			index: 0,
			message: { role: 'assistant', content, refusal: null, annotations: [] },
			logprobs: null,
			finish_reason: 'stop',
		},
	],
	usage: {
		prompt_tokens: 14,
		completion_tokens: 131,
		total_tokens: 145,
		prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
		completion_tokens_details: {
			reasoning_tokens: 0,
			audio_tokens: 0,
			accepted_prediction_tokens: 0,
			rejected_prediction_tokens: 0,
		},
	},
	service_tier: 'default',
	system_fingerprint: 'fp_44709d6fcb',
});
const SENTENCE = 'The answer takes a few sentences, as answers do. ';
const plain = JSON.stringify(completion(SENTENCE.repeat(13)));
const chunks = chunksOf(completion(SENTENCE.repeat(30)), (text) => inPieces(text, DELTAS), true);
const stream = Buffer.from([...chunks, '[DONE]'].map(eventOf).join(''));

const headers = {
	'openai-processing-ms': '312',
	'openai-version': '2020-10-01',
	'x-request-id': 'req_0123456789abcdef0123456789abcdef',
	// An account far from its limits.
	...rateLimitHeaders({
		limit: 30_000,
		remaining: 29_999,
		resetSeconds: 0.002,
		tokens: { limit: 150_000_000, remaining: 149_999_850, resetSeconds: 0 },
	}),
};

function sendPlain(response: http.ServerResponse): void {
	const more = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(plain) };
	response.writeHead(200, { ...headers, ...more }).end(plain);
}

function sendStream(response: http.ServerResponse): void {
	response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
	for (let at = 0; at < stream.length; at += PIECE_BYTES) {
		response.write(stream.subarray(at, at + PIECE_BYTES));
	}
	response.end();
}

let socketsOpened = 0;
const server = http.createServer((request, response) => {
	let wantsStream = false;
	request.on('data', (body: Buffer) => (wantsStream ||= body.includes('"stream":true')));
	request.once('end', () => (wantsStream ? sendStream(response) : sendPlain(response)));
});
server.keepAliveTimeout = 60_000;
server.on('connection', () => socketsOpened++);
server.listen(0, '127.0.0.1', () => {
	serveParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => ({ socketsOpened }));
});
