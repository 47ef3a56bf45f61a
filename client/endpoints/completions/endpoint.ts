import type { AdaptedRequest } from '../../capabilities/adaptToModel';
import type { CompletionRequest } from '../../core/requests';
import type { Endpoint } from '../endpoint';
import { promptCount } from './request';
import { readCompletionReply } from './response';
import { StreamedText } from './stream';

/** The older completions, which have a prompt instead of messages. */
export const COMPLETIONS: Endpoint<CompletionRequest> = {
	path: '/completions',
	adapt: bestUnstreamed,
	encode: (request) => request,
	tokenBytes: (_request, body) => Buffer.byteLength(body),
	decode: (json, request) => readCompletionReply(json, promptCount(request)),
	assemble: (onBegin, onText) => new StreamedText(onBegin, onText),
};

/** The API knows only at the end which is the best, so that it cannot stream it (openai 7.55, `completions.d.ts`). */
function bestUnstreamed(request: CompletionRequest): AdaptedRequest<CompletionRequest> {
	if (request.stream !== true || !(Number(request.best_of) > 1)) return { request, warnings: [] };
	const whole = { ...request };
	delete whole.stream;
	delete whole.stream_options;
	const message = 'Sent without streaming, because the best of several cannot be streamed.';
	return { request: whole, warnings: [{ feature: 'stream', message }] };
}
