import { adaptRequest } from '../../capabilities/adaptRequest';
import type { ChatRequest } from '../../core/requests';
import { withToolCalls } from '../../tools/toolCalls';
import type { Endpoint } from '../endpoint';
import { tokenBytes } from './request';
import { readChatReply } from './response';
import { StreamedCompletion } from './stream';

/** Chat Completions, whose vocabulary the rest of the client speaks: a request is its body. */
export const CHAT: Endpoint<ChatRequest> = {
	path: '/chat/completions',
	adapt: adaptRequest,
	encode: (request) => request,
	tokenBytes,
	decode: (json, request) => withToolCalls(readChatReply(json), request),
	assemble: (onBegin, onText) => new StreamedCompletion(onBegin, onText),
};
