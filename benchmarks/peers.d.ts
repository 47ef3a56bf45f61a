/**
 * As much of the peers as is used here. They are installed only when a benchmark runs, and the type check must not
 * depend on that.
 */

declare module 'openai' {
	export class OpenAI {
		constructor(options: { apiKey: string; baseURL: string; maxRetries: number });
		chat: {
			completions: {
				create(request: {
					stream: true;
				}): Promise<
					AsyncIterable<{ choices: Array<{ delta: { content?: string | null } }>; usage?: unknown }>
				>;
				create(request: object): Promise<{ choices: Array<{ message: { content: string | null } }> }>;
			};
		};
	}
}

declare module 'ai' {
	export function generateText(options: { model: object; prompt: string }): Promise<{ text: string }>;
	export function streamText(options: { model: object; prompt: string }): {
		text: PromiseLike<string>;
		usage: PromiseLike<object>;
	};
}

declare module '@ai-sdk/openai-compatible' {
	export function createOpenAICompatible(options: {
		name: string;
		apiKey: string;
		baseURL: string;
		includeUsage?: boolean;
	}): (model: string) => object;
}

declare module 'p-limit' {
	export default function pLimit(
		concurrency: number,
	): <Result>(work: () => Promise<Result>) => Promise<Result>;
}
