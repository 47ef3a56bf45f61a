import { json, streamed, type Behaviour, type RecordedRequest, type Streamed } from './faultServer';
import { inPieces } from './faultServer/chunks';

interface Options extends Streamed {
	/** The text for a prompt; by default it names the prompt and the number of the choice. */
	text?: (prompt: string, choice: number) => string;
	/** Replaces fields of the completion. */
	body?: Record<string, unknown>;
}

/** A 200 with a `text_completion` as OpenAI sends it: streamed when the request asks for that. */
export function textCompletion({ body: asked }: RecordedRequest, options: Options = {}): Behaviour {
	const { text = (prompt, choice) => `${prompt} goes on, choice ${choice}`, body, ...rest } = options;
	const request = asked as { prompt: string | string[]; model: string; n?: number; stream?: boolean };
	const { n = 1 } = request;
	const prompts = Array.isArray(request.prompt) ? request.prompt : [request.prompt];
	const choices = prompts.flatMap((prompt, place) =>
		Array.from({ length: n }, (_, choice) => ({
			index: place * n + choice,
			text: text(prompt, choice),
			logprobs: null,
			finish_reason: 'stop',
		})),
	);
	const usage = {
		prompt_tokens: 10 * prompts.length,
		completion_tokens: 5 * choices.length,
		total_tokens: 10 * prompts.length + 5 * choices.length,
	};
	const shared = { id: 'cmpl-1', object: 'text_completion', created: 1700000000, model: request.model };
	if (request.stream !== true) return json(200, { ...shared, choices, usage, ...body });
	const pieces = choices.flatMap(({ index, text }) => [
		...inPieces(text, 3).map((piece) => ({ index, text: piece, logprobs: null, finish_reason: null })),
		{ index, text: '', logprobs: null, finish_reason: 'stop' },
	]);
	const chunks = [
		...pieces.map((piece) => ({ ...shared, choices: [piece], usage: null })),
		{ ...shared, choices: [], usage },
	];
	return streamed({ rewrite: () => chunks, ...rest });
}
