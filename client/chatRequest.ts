/** Request body of `POST /chat/completions`, in the API's own names (openai 7.55, `resources/chat/completions`). */
export interface ChatRequest {
	model: string;
	messages: ChatMessage[];
	max_tokens?: number;
	max_completion_tokens?: number;
	[parameter: string]: unknown;
}

export const CHAT_ROLES = ['system', 'developer', 'user', 'assistant'] as const;
type ChatRole = (typeof CHAT_ROLES)[number];

export interface ChatMessage {
	role: ChatRole;
	content: string;
}
