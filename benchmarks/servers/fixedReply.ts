/**
 * The least a server can do: the same chat completion of 1.2 kB for every request, at once, with the headers that
 * OpenAI sends. Where CPU and memory of clients are measured, it must not be what they wait for.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { rateLimitHeaders } from '../../test/support/faultServer/behaviours';
import { serveParent } from './serveParent';

const body = JSON.stringify({
	id: 'chatcmpl-C4xkV3dpX6wqGd8F0mJtQbnq7YrZs',
	object: 'chat.completion',
	created: 1793000000,
	model: 'gpt-4.1-mini-2025-04-14',
	choices: [
		{
			index: 0,
			message: {
				role: 'assistant',
				content: 'The answer takes a few sentences, as answers do. '.repeat(13),
				refusal: null,
				annotations: [],
			},
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
const headers = {
	'content-type': 'application/json',
	'content-length': Buffer.byteLength(body),
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

let socketsOpened = 0;
const server = http.createServer((request, response) => {
	request.resume().once('end', () => response.writeHead(200, headers).end(body));
});
server.keepAliveTimeout = 60_000;
server.on('connection', () => socketsOpened++);
server.listen(0, '127.0.0.1', () => {
	serveParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => ({ socketsOpened }));
});
