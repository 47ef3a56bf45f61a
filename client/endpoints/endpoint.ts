import { adaptRequest } from '../capabilities/adaptRequest';
import type { Warning } from './chat/response';
import { tokenBytes, type ChatMessage, type ChatRequest } from '../core/requests';
import { readCompletionReply } from './completions/response';
import { promptCount, type CompletionRequest } from './completions/request';
import { CHAT_FORMAT, type ReplyFormat } from '../http/streamExchange';
import { StreamedText } from './completions/stream';

/** A request for what a model writes, in the API's own names. */
export interface ModelRequest {
	model: string;
	/** Of a chat. */
	messages?: ChatMessage[];
	[parameter: string]: unknown;
}

/** One way to have a model write: where to ask, and what differs in asking and reading. */
export interface Endpoint<R extends ModelRequest> {
	path: string;
	/** Writes the request the way the model and the endpoint want it, with a warning for each change. */
	adapt(request: R): { request: R; warnings: Warning[] };
	/** How large a request is as far as its tokens go; `body` is what is sent. */
	tokenBytes(request: R, body: string): number;
	/** How the reply to a request is read. */
	formatOf(request: R): ReplyFormat;
}

export const CHAT: Endpoint<ChatRequest> = {
	path: '/chat/completions',
	adapt: adaptRequest,
	tokenBytes,
	formatOf: () => CHAT_FORMAT,
};

export const COMPLETIONS: Endpoint<CompletionRequest> = {
	path: '/completions',
	adapt: bestUnstreamed,
	tokenBytes: (_request, body) => Buffer.byteLength(body),
	formatOf: (request) => ({
		read: (json) => readCompletionReply(json, promptCount(request)),
		assemble: (onBegin, onText) => new StreamedText(onBegin, onText),
	}),
};

/** The API knows only at the end which is the best, so that it cannot stream it (openai 7.55, `completions.d.ts`). */
function bestUnstreamed(request: CompletionRequest): { request: CompletionRequest; warnings: Warning[] } {
	if (request.stream !== true || !(Number(request.best_of) > 1)) return { request, warnings: [] };
	const whole = { ...request };
	delete whole.stream;
	delete whole.stream_options;
	const message = 'Sent without streaming, because the best of several cannot be streamed.';
	return { request: whole, warnings: [{ feature: 'stream', message }] };
}
