import * as z from 'zod/v4-mini';
import { ifAny } from '../core/looseSchema';
import type { FinishReason, Usage } from '../core/reply';

const count = ifAny(z.number());

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
