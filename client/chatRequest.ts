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

/** How many bytes of a request are text, roughly: what is attached costs tokens by other rules. */
export function textBytes(request: ChatRequest): number {
	return request.messages.reduce((sum, message) => sum + Buffer.byteLength(messageText(message)), 0);
}
