/** A request for what a model writes, in the API's own names. */
export interface ModelRequest {
	model: string;
	/** Only a chat has them. */
	messages?: ChatMessage[];
	[parameter: string]: unknown;
}

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

/** Whether a message says how to behave. */
export function isInstruction({ role }: Pick<ChatMessage, 'role'>): boolean {
	return role === 'system' || role === 'developer';
}

/** The text of a message, without pictures and files. */
export function messageText({ content }: ChatMessage): string {
	if (content === null || typeof content === 'string') return content ?? '';
	return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Request body of `POST /completions`, in the API's own names (openai 7.55, `resources/completions`). */
export interface CompletionRequest {
	model: string;
	/** What the model continues; several are answered by one reply. */
	prompt: string | string[];
	max_tokens?: number;
	/** How many choices to write for each prompt. */
	n?: number;
	/** How many to write on the server, of which the best are returned. */
	best_of?: number;
	[parameter: string]: unknown;
}
