/** A `chat.completion` as far as its stream needs it. */
export interface WholeCompletion {
	choices: WholeChoice[];
	usage?: unknown;
	[field: string]: unknown;
}

interface WholeChoice {
	index: number;
	message: {
		content: string | null;
		refusal?: string | null;
		reasoning_content?: string;
		tool_calls?: Array<{ id: string; type: 'function'; function: { name: string; arguments: string } }>;
		[field: string]: unknown;
	};
	logprobs?: { content: unknown[]; refusal: null } | null;
	finish_reason: string | null;
}

export interface ChunkChoice {
	index: number;
	delta: Record<string, unknown>;
	logprobs: unknown;
	finish_reason: string | null;
}

export interface Chunk {
	choices: ChunkChoice[];
	usage?: unknown;
	[field: string]: unknown;
}

/**
 * The chunks in which OpenAI streams a completion: of each choice its role, its texts in pieces and why it ended, the
 * choices taking turns; then the usage.
 *
 * @param cut how a text is cut into pieces
 * @param includeUsage as the request has it in its stream_options
 */
export function chunksOf(
	{ choices, usage, ...shared }: WholeCompletion,
	cut: (text: string) => string[],
	includeUsage: boolean,
): Chunk[] {
	const chunk = (choices: ChunkChoice[], usage: unknown = null): Chunk => ({
		...shared,
		object: 'chat.completion.chunk',
		choices,
		...(includeUsage && { usage }),
	});
	const ofChoices = choices.map((choice) => piecesOf(choice, cut));
	const turns = Math.max(0, ...ofChoices.map((pieces) => pieces.length));
	const chunks = Array.from({ length: turns }, (_, turn) =>
		ofChoices.flatMap((pieces) => (pieces[turn] ? [chunk([pieces[turn]])] : [])),
	).flat();
	return includeUsage ? [...chunks, chunk([], usage)] : chunks;
}

function piecesOf(choice: WholeChoice, cut: (text: string) => string[]): ChunkChoice[] {
	const { index, message, finish_reason } = choice;
	const { content, refusal, reasoning_content, tool_calls = [] } = message;
	const pieces = (text: string | null | undefined) => (text ? cut(text) : []);
	const deltas = [
		{ role: 'assistant', content: content === null ? null : '', refusal: null },
		...pieces(reasoning_content).map((text) => ({ reasoning_content: text })),
		...pieces(content).map((text) => ({ content: text })),
		...pieces(refusal).map((text) => ({ refusal: text })),
		...tool_calls.flatMap((call, index) => [
			{ tool_calls: [{ index, ...call, function: { ...call.function, arguments: '' } }] },
			...pieces(call.function.arguments).map((text) => ({
				tool_calls: [{ index, function: { arguments: text } }],
			})),
		]),
	];
	const logprobs = choice.logprobs?.content.map((entry) => ({ content: [entry], refusal: null })) ?? [];
	return [
		...deltas.map((delta) => ({
			index,
			delta,
			logprobs: 'content' in delta && delta.content ? (logprobs.shift() ?? null) : null,
			finish_reason: null,
		})),
		// The log probabilities of what is left belong to tokens without a text.
		...logprobs.map((rest) => ({ index, delta: {}, logprobs: rest, finish_reason: null })),
		{ index, delta: {}, logprobs: null, finish_reason },
	];
}

/** A chunk, or [DONE], as an event of a stream. */
export const eventOf = (chunk: unknown): string =>
	`data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`;

/** Cuts a text into so many pieces of about the same length, or as many as it has characters. */
export function inPieces(text: string, count: number): string[] {
	const characters = [...text];
	const length = Math.max(1, Math.ceil(characters.length / count));
	return Array.from({ length: Math.ceil(characters.length / length) }, (_, piece) =>
		characters.slice(piece * length, (piece + 1) * length).join(''),
	);
}
