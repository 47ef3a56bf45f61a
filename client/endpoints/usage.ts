import * as z from 'zod/v4-mini';
import { ifAny } from '../core/looseSchema';
import type { FinishReason, Usage } from '../core/reply';

/** More tokens than any reply has: a larger count is a mistake, and would spoil whatever is calculated with it. */
const MOST_TOKENS = 1e10;

const count = z.optional(z.pipe(z.unknown(), z.transform(readCount)));

/** A number of tokens, which some servers send as text; anything that cannot be one is absent. */
function readCount(given: unknown): number | undefined {
	const value = typeof given === 'string' && given !== '' ? Number(given) : given;
	return typeof value === 'number' && value >= 0 && value <= MOST_TOKENS ? value : undefined;
}

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
		// The names of Anthropic's and of OpenAI's newer API, which some servers use here.
		input_tokens: count,
		output_tokens: count,
	}),
);

export function readUsage(usage: NonNullable<z.infer<typeof usageSchema>>): Usage {
	const prompt = usage.prompt_tokens ?? usage.input_tokens;
	const completion = usage.completion_tokens ?? usage.output_tokens;
	const { total_tokens: total } = usage;
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

/** What servers call the reasons to finish, in lower case. */
const FINISH_REASONS = new Map<string, FinishReason>([
	...named('stop', 'stop', 'eos', 'eos_token', 'end_turn', 'stop_sequence', 'complete', 'completed'),
	...named('length', 'length', 'max_tokens', 'max_output_tokens', 'model_length', 'token_limit'),
	...named('content_filter', 'content_filter', 'content-filter', 'safety', 'recitation', 'blocklist'),
	...named(
		'content_filter',
		'prohibited_content',
		'spii',
		'image_safety',
		'sensitive',
		'refusal',
		'guardrail',
	),
	...named('tool_calls', 'tool_calls', 'tool_call', 'tool_use', 'function_call'),
]);
/** The model's server broke off. */
const BROKEN_OFF = [
	'error',
	'abort',
	'aborted',
	'network_error',
	'insufficient_system_resource',
	'overloaded',
];

function named(reason: FinishReason, ...names: string[]): Array<[string, FinishReason]> {
	return names.map((name) => [name, reason]);
}

/** OpenAI's reason for one in a server's words, or `other` for one that is not known. */
export function readFinishReason(reason: string | null | undefined): FinishReason {
	return FINISH_REASONS.get(reason?.toLowerCase() ?? '') ?? 'other';
}

/** Whether a reason to finish says that there is no reply, or only a part of one. */
export function isBrokenOff(reason: string | null | undefined): boolean {
	return BROKEN_OFF.includes(reason?.toLowerCase() ?? '');
}
