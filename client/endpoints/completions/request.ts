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

/** How many prompts a request has. */
export function promptCount({ prompt }: Pick<CompletionRequest, 'prompt'>): number {
	return Array.isArray(prompt) ? prompt.length : 1;
}
