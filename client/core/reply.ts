import type { ChatMessage } from './requests';
import type { ToolCall } from './toolCall';

/** Something done to the request or the reply that the user did not ask for. */
export type Warning = {
	/** The API parameter concerned. */
	feature: string;
	message: string;
};

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'other';

/** Tokens as counted by the server; what it did not report is absent, never 0. */
export type Usage = {
	promptTokens?: number;
	completionTokens?: number;
	totalTokens?: number;
	/** Part of the prompt that was read from the prompt cache, and is cheaper. */
	cachedTokens?: number;
	/** Part of the completion spent on reasoning; paid for but not shown. */
	reasoningTokens?: number;
	// Kinds of tokens with prices of their own. Absent when 0, too: OpenAI reports them for models that have no such.
	/** Part of the prompt that was written to the prompt cache. */
	cacheWriteTokens?: number;
	/** Part of the prompt that was sound. */
	promptAudioTokens?: number;
	/** Part of the completion that is sound. */
	completionAudioTokens?: number;
};

export type Choice = {
	index: number;
	/** The reply; empty when the model answered with something else (a refusal, tool calls). */
	text: string;
	finishReason: FinishReason;
	/** What a reasoning model thought, from servers that show it. */
	reasoning?: string;
	/** Calls of tools, read and checked. */
	toolCalls?: ToolCall[];
	/** The message that calls them as the API wants it back, before the results. */
	toolMessage?: ToolMessage;
	/** The model's words when it declined to answer. */
	refusal?: string;
	/** The reply as JSON, when that was asked for: parsed and checked. */
	json?: unknown;
	/** Log probabilities as the API sent them, when asked for. */
	logprobs?: object;
};

/** `tool_calls` are untouched: Gemini's hold a signature without which it rejects the next turn. */
export type ToolMessage = ChatMessage & { tool_calls: object[] };

/** What a model wrote, whichever endpoint it was asked at. */
export interface ChatReply {
	/** At least one. */
	choices: [Choice, ...Choice[]];
	id?: string;
	/** The model that answered, often a dated version of the one asked for. */
	model?: string;
	usage?: Usage;
	/** The server's name for the request, for its support to find it by. */
	requestId?: string;
	/** When tools were called here: the messages between the question and the reply, which are calls and their results. */
	exchange?: ChatMessage[];
	/** Results for the reply itself, when it calls tools that are left to the caller as well. */
	results?: ChatMessage[];
	/** What had to be repaired to read it; goes into the log. */
	warnings?: Warning[];
	/** The API's own JSON, untouched. */
	raw: Record<string, unknown>;
}
