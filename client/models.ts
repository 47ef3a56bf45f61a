import type { ChatRequest } from './chatRequest';
import type { Warning } from './chatReply';

/**
 * Whether an OpenAI model reasons before it answers: the o-series, and gpt-5 and later except the bare
 * `gpt-5-chat…` ones. Unknown names, as compatible servers use them, count as not reasoning.
 */
export function isReasoningModel(name: string): boolean {
	// A fine-tuned model is named ft:BASE:ORGANIZATION::ID.
	const model = name.replace(/^ft:([^:]+).*/, '$1');
	if (/^o\d/.test(model)) return true;
	const gpt = /^gpt-(\d+)(\.\d+)?(?:-(.+))?$/.exec(model);
	if (!gpt) return false;
	const [, major, minor, variant] = gpt;
	return Number(major) >= 5 && !(major === '5' && !minor && variant?.startsWith('chat'));
}

/**
 * Writes the request the way the model wants it. Unknown models get it unchanged.
 *
 * @returns the request to send, and a warning for each change.
 */
export function adaptRequest(request: ChatRequest): { request: ChatRequest; warnings: Warning[] } {
	const { max_tokens: maxTokens, ...rest } = request;
	// Two names for one limit: the newer one can only come from the extra parameters, and they win.
	if (maxTokens === undefined || request.max_completion_tokens !== undefined)
		return { request: rest, warnings: [] };
	if (!isReasoningModel(request.model)) return { request, warnings: [] };
	return {
		request: { ...rest, max_completion_tokens: maxTokens },
		warnings: [
			{
				feature: 'max_tokens',
				message: `Sent as max_completion_tokens, because ${request.model} does not take max_tokens; it counts reasoning tokens too.`,
			},
		],
	};
}
