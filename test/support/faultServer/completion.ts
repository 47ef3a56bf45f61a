import type { Completion, RecordedRequest } from './behaviours';
import type { WholeCompletion } from './chunks';

interface ChatRequest {
	model?: string;
	n?: number;
	messages?: Array<{ content?: string | Array<{ text?: string }> | null }>;
}

/** The JSON of a chat.completion, with every field that OpenAI sends. */
export function completionJson(request: RecordedRequest, options: Completion): WholeCompletion {
	const chat = (request.body ?? {}) as ChatRequest;
	const count = options.choices ?? chat.n ?? 1;
	const texts = Array.from({ length: count }, (_, choice) => textOf(request, options, choice));
	return {
		id: `chatcmpl-${numbered(request)}`,
		object: 'chat.completion',
		created: Math.floor(Date.now() / 1000),
		model: options.model ?? chat.model ?? 'gpt-4o-mini',
		choices: texts.map((content, index) => ({
			index,
			message: { role: 'assistant', content, refusal: null, annotations: [] },
			logprobs: null,
			finish_reason: options.finishReason ?? 'stop',
		})),
		usage: usage(chat, texts, options.usage),
		service_tier: 'default',
		system_fingerprint: 'fp_44709d6fcb',
		...options.body,
	};
}

/** The x-request-id of an answer: known in advance, and different for each request. */
export const requestIdOf = (request: RecordedRequest): string => `req_${numbered(request)}`;

const numbered = ({ index }: RecordedRequest): string => index.toString(16).padStart(32, '0');

function textOf(request: RecordedRequest, { text }: Completion, choice: number): string {
	if (typeof text === 'function') return text(request, choice);
	return text ?? `Reply to: ${lastMessageText(request)}`;
}

/** The text of the last message, its text parts joined. */
function lastMessageText(request: RecordedRequest): string {
	return contentText((request.body as ChatRequest | undefined)?.messages?.at(-1)?.content);
}

function contentText(content: string | Array<{ text?: string }> | null | undefined): string {
	return Array.isArray(content) ? content.map((part) => part.text ?? '').join('') : (content ?? '');
}

function usage(chat: ChatRequest, texts: string[], given: Completion['usage'] = {}) {
	const tokens = (text: string) => Math.ceil(text.length / 4);
	const {
		prompt_tokens = tokens((chat.messages ?? []).map((message) => contentText(message.content)).join('')),
	} = given;
	const { completion_tokens = tokens(texts.join('')) } = given;
	return {
		prompt_tokens,
		completion_tokens,
		total_tokens: given.total_tokens ?? prompt_tokens + completion_tokens,
		prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0, ...given.prompt_tokens_details },
		completion_tokens_details: {
			reasoning_tokens: 0,
			audio_tokens: 0,
			accepted_prediction_tokens: 0,
			rejected_prediction_tokens: 0,
			...given.completion_tokens_details,
		},
	};
}
