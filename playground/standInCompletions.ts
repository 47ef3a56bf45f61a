import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

interface Asked {
	model?: string;
	prompt?: string | string[];
	n?: number;
	echo?: boolean;
}

/** `POST /v1/completions`, which aimock does not have. It never streams, as some servers do not. */
export const standInCompletions = {
	async handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
		if (request.method !== 'POST') return false;
		const { model = '', prompt = '', n = 1, echo = false } = (await json(request)) as Asked;
		const prompts = Array.isArray(prompt) ? prompt : [prompt];
		const choices = prompts.flatMap((text, place) =>
			Array.from({ length: n }, (_, choice) => ({
				index: place * n + choice,
				text: `${echo ? text : ''} … and so on (${choice + 1}). I am only the stand-in API, with no words of my own.`,
				logprobs: null,
				finish_reason: 'stop',
			})),
		);
		const tokens = (texts: string[]) => Math.ceil(texts.join('').length / 4);
		const [prompt_tokens, completion_tokens] = [tokens(prompts), tokens(choices.map(({ text }) => text))];
		const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
		const created = Math.floor(Date.now() / 1000);
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(
			JSON.stringify({ id: `cmpl-${created}`, object: 'text_completion', created, model, choices, usage }),
		);
		return true;
	},
};
