/** Request body of `POST /chat/completions`, in the API's own names (openai 7.55, `resources/chat/completions`). */
export interface ChatRequest {
	model: string;
	messages: ChatMessage[];
	max_tokens?: number;
	max_completion_tokens?: number;
	[parameter: string]: unknown;
}

/** Roles of messages that people write; a history may hold others. */
export const CHAT_ROLES = ['system', 'developer', 'user', 'assistant'] as const;

export interface ChatMessage {
	role: string;
	/** Null when the message is a call of tools. */
	content: string | ContentPart[] | null;
	/** Such as `tool_calls` and `tool_call_id`. */
	[field: string]: unknown;
}

export type ContentPart =
	| { type: 'text'; text: string }
	| { type: 'image_url'; image_url: { url: string; detail?: string } }
	| { type: 'input_audio'; input_audio: { data: string; format: string } }
	| { type: 'file'; file: { file_id: string } | { file_data: string; filename: string } };

/** The text of a message, without pictures and files. */
export function messageText({ content }: ChatMessage): string {
	if (content === null || typeof content === 'string') return content ?? '';
	return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** What an attachment counts for: a picture is about 1,000 tokens whatever its size, which a text of so many bytes is. */
const ATTACHMENT_BYTES = 3600;

/**
 * How large a request is as far as its tokens go. Pictures, recordings and files cost tokens by other rules than text:
 * a picture of 1 MB, counted as text, would use up a minute's limit.
 *
 * @param body the request as it is sent.
 */
export function tokenBytes({ messages }: ChatRequest, body: string): number {
	let bytes = Buffer.byteLength(body);
	for (const { content } of messages) {
		if (!Array.isArray(content)) continue;
		for (const part of content) {
			if (part.type !== 'text') bytes += ATTACHMENT_BYTES - attachedBytes(part);
		}
	}
	return bytes;
}

/** The length of what is attached. It is base64, of which JSON escapes nothing. */
function attachedBytes(part: Exclude<ContentPart, { type: 'text' }>): number {
	// People write these parts as well, in JSON, and may write anything.
	const { image_url: image, input_audio: audio, file } = part as unknown as Record<string, Loose | null>;
	const data = image?.url ?? audio?.data ?? file?.file_data;
	return typeof data === 'string' ? data.length : 0;
}

type Loose = Record<string, unknown>;
