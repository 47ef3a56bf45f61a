import { randomUUID } from 'node:crypto';
import * as z from 'zod/v4-mini';
import type { ChatMessage } from '../../core/requests';
import { ApiFailure } from '../../core/errors';
import type { ToolCall } from '../../tools/toolCalls';

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

/** `tool_calls` are untouched: Gemini's hold a signature without which it refuses the next turn. */
export type ToolMessage = ChatMessage & { tool_calls: object[] };

export interface ChatReply {
	/** At least one. */
	choices: [Choice, ...Choice[]];
	id?: string;
	/** The model that answered, often a dated version of the one asked for. */
	model?: string;
	usage?: Usage;
	/** The API's own JSON, untouched. */
	raw: Record<string, unknown>;
}

// Only what we read, and loosely: compatible servers leave out, null or mistype whatever they do not care for, and a
// reply that is paid for must not be lost over its token count.
export const ifAny = <T extends z.core.SomeType>(schema: T) =>
	z.catch(z.optional(z.nullable(schema)), undefined);
const count = ifAny(z.number());
const contentPart = z.union([z.string(), z.looseObject({ text: ifAny(z.string()) })]);

/** The usage as every endpoint reports it. */
export const usageSchema = ifAny(
	z.object({
		prompt_tokens: count,
		completion_tokens: count,
		total_tokens: count,
		prompt_tokens_details: ifAny(
			z.object({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count }),
		),
		completion_tokens_details: ifAny(z.object({ reasoning_tokens: count, audio_tokens: count })),
		// DeepSeek's and Anthropic's names for what was cached.
		prompt_cache_hit_tokens: count,
		cached_tokens: count,
	}),
);

const completionSchema = z.object({
	id: ifAny(z.string()),
	model: ifAny(z.string()),
	choices: z.array(
		z.object({
			index: ifAny(z.number()),
			finish_reason: ifAny(z.string()),
			logprobs: ifAny(z.looseObject({})),
			// OpenRouter's way to say that the model's own server broke off.
			error: ifAny(z.looseObject({ message: ifAny(z.string()) })),
			message: z.object({
				content: z.optional(z.nullable(z.union([z.string(), z.array(contentPart)]))),
				refusal: ifAny(z.string()),
				// Servers that show the reasoning name it in one of two ways.
				reasoning_content: ifAny(z.string()),
				reasoning: ifAny(z.string()),
				reasoning_details: ifAny(z.array(z.looseObject({}))),
				tool_calls: ifAny(z.array(z.looseObject({}))),
			}),
		}),
	),
	usage: usageSchema,
});
type Completion = z.infer<typeof completionSchema>;

/**
 * Reads a `chat.completion` object.
 *
 * @throws {ApiFailure} `bad_reply` when it is not what the API promises: no JSON object, or no choices; `server`
 * when a choice says that it failed.
 */
export function readChatReply(json: unknown): ChatReply {
	const parsed = z.safeParse(completionSchema, json);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		const place = issue?.path.join('.') || 'the reply';
		throw new ApiFailure(
			'bad_reply',
			`The reply is not a chat completion: ${place} is missing or of the wrong type`,
		);
	}
	const completion = parsed.data;
	const failed = completion.choices.find((choice) => choice.error);
	if (failed) throw new ApiFailure('server', failed.error?.message || 'The model broke off');
	const [first, ...rest] = completion.choices.map(readChoice);
	if (!first) throw new ApiFailure('bad_reply', 'The reply is a chat completion without any choice');
	const reply: ChatReply = { choices: [first, ...rest], raw: json as Record<string, unknown> };
	if (completion.id) reply.id = completion.id;
	if (completion.model) reply.model = completion.model;
	if (completion.usage) reply.usage = readUsage(completion.usage);
	return reply;
}

function readChoice(choice: Completion['choices'][number], position: number): Choice {
	const {
		content,
		refusal,
		reasoning_content: shown,
		reasoning = shown,
		reasoning_details: details,
		tool_calls: toolCalls,
	} = choice.message;
	const result: Choice = {
		index: choice.index ?? position,
		text: typeof content === 'string' ? content : (content ?? []).map(partText).join(''),
		finishReason: readFinishReason(choice.finish_reason),
	};
	if (reasoning) result.reasoning = reasoning;
	if (toolCalls?.length) {
		result.toolMessage = {
			role: 'assistant',
			// Only a call of tools may be without content.
			content: result.text || null,
			// DeepSeek and Kimi refuse the next turn without the first; OpenRouter asks for the second.
			...(shown && { reasoning_content: shown }),
			...(details && { reasoning_details: details }),
			tool_calls: toolCalls.map(withId),
		};
	}
	if (refusal) result.refusal = refusal;
	if (choice.logprobs) result.logprobs = choice.logprobs;
	return result;
}

/** A result names the call it is for, and some servers give their calls no ID. */
function withId(call: { id?: unknown }): object {
	return call.id ? call : { ...call, id: `call_${randomUUID()}` };
}

function partText(part: z.infer<typeof contentPart>): string {
	return typeof part === 'string' ? part : (part.text ?? '');
}

/** The API's reason, or `other` for one that is not known. */
export function readFinishReason(reason: string | null | undefined): FinishReason {
	switch (reason) {
		case 'stop':
		case 'length':
		case 'content_filter':
		case 'tool_calls':
			return reason;
		case 'function_call':
			return 'tool_calls';
		default:
			return 'other';
	}
}

/** The usage in our names. */
export function readUsage(usage: NonNullable<z.infer<typeof usageSchema>>): Usage {
	const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
	const { prompt_tokens_details: ofPrompt, completion_tokens_details: ofCompletion } = usage;
	const cached = ofPrompt?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens;
	const reasoning = ofCompletion?.reasoning_tokens;
	const result: Usage = {};
	if (prompt != null) result.promptTokens = prompt;
	if (completion != null) result.completionTokens = completion;
	if (total != null) result.totalTokens = total;
	if (cached != null) result.cachedTokens = cached;
	if (reasoning != null) result.reasoningTokens = reasoning;
	if (ofPrompt?.cache_write_tokens) result.cacheWriteTokens = ofPrompt.cache_write_tokens;
	if (ofPrompt?.audio_tokens) result.promptAudioTokens = ofPrompt.audio_tokens;
	if (ofCompletion?.audio_tokens) result.completionAudioTokens = ofCompletion.audio_tokens;
	return result;
}
