import type { CompletionRequest } from '../../core/requests';

/** How many prompts a request has. */
export function promptCount({ prompt }: Pick<CompletionRequest, 'prompt'>): number {
	return Array.isArray(prompt) ? prompt.length : 1;
}
