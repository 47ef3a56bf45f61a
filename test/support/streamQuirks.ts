import type { Chunk, Streamed } from './faultServer';

/** Puts something before each event. */
const beforeEvents = (what: string) => (text: string) => text.replace(/(?<=^|\n\n)(?=.)/gs, what);

/** Changes each line of data. To a regular expression, other characters than \n end a line, too. */
const dataLines = (change: (data: string) => string) => (text: string) =>
	text
		.split('\n')
		.map((line) => (line.startsWith('data: ') ? change(line.slice('data: '.length)) : line))
		.join('\n');

const spreadOut = (data: string) => (data.startsWith('{') ? JSON.stringify(JSON.parse(data), null, 1) : data);

/** What a server may do to the text of a stream without changing what it says; any of them together, in this order. */
export const wireQuirks: Record<string, (text: string) => string> = {
	'data of several lines': dataLines((data) =>
		spreadOut(data)
			.split('\n')
			.map((line) => `data: ${line}`)
			.join('\n'),
	),
	'other fields': beforeEvents('event: chunk\nid: 7\nretry: 10\nretry: x\nfoo\n'),
	'comments to keep the connection open': beforeEvents(': OPENROUTER PROCESSING\n\n'),
	'events to keep the connection open': beforeEvents(
		'data:\n\nevent: ping\n\nevent: ping\ndata: {"type":"ping"}\n\n',
	),
	'no space after the colon': dataLines((data) => `data:${data}`),
	'no blank line at the end': (text) => text.replace(/\n+$/, ''),
	'a byte order mark': (text) => `\ufeff${text}`,
};
const crlf = (text: string) => text.replaceAll('\n', '\r\n');

/** Every one of these servers means the same completion of one choice. */
export const quirks: Record<string, Streamed> = {
	...Object.fromEntries(Object.entries(wireQuirks).map(([name, wire]) => [name, { wire }])),
	CRLF: { wire: crlf },
	CR: { wire: (text) => text.replaceAll('\n', '\r') },
	'one byte at a time': { writeBytes: 1 },
	'CRLF, one byte at a time': { wire: crlf, writeBytes: 1 },
	'all at once': { writeBytes: 1e6 },
	slowly: { everyMs: 2 },
	'one piece': { pieces: 1 },
	'many pieces': { pieces: 1e6 },
	gzip: { gzip: true, writeBytes: 10 },
	'no [DONE]': { upTo: -1 },
	'words after [DONE]': { thenSend: 'data: {"error":{"message":"Too late"}}\n\ndata: what?\n\n' },
	'no end after [DONE]': { end: 'silence' },
	'a reset after [DONE]': { end: 'rst' },
	'a reset in place of [DONE]': { upTo: -1, end: 'rst' },
	'a piece of [DONE]': { upTo: -1, thenSend: 'data: [DO' },
	'content filters (Azure)': { rewrite: likeAzure },
	'the usage with every chunk (xAI)': {
		rewrite: (chunks) => chunks.map((chunk) => ({ ...chunk, usage: chunks.at(-1)!.usage })),
	},
	'the usage in a place of its own (Groq)': {
		rewrite: (chunks) => [
			...chunks.slice(0, -2),
			{ ...chunks.at(-2), usage: undefined, x_groq: { id: 'req_1', usage: chunks.at(-1)!.usage } },
		],
	},
	'text in parts (Mistral)': {
		rewrite: deltas(({ content }) => ({ content: [{ type: 'text', text: content }, { type: 'x' }, null] })),
	},
	'nulls for what there is not': {
		rewrite: deltas((delta) => ({
			role: null,
			tool_calls: null,
			reasoning: null,
			function_call: null,
			...delta,
		})),
	},
	'the role with every piece': { rewrite: deltas((delta) => ({ role: 'assistant', ...delta })) },
	'a whole message in place of pieces': {
		pieces: 1,
		rewrite: ([role, piece, ...rest]) => [
			role,
			withChoice(piece!, ({ delta, ...c }) => ({ ...c, message: delta })),
			...rest,
		],
	},
	'no index': {
		rewrite: (chunks) =>
			chunks.map((chunk) => withChoice(chunk, (choice) => ({ ...choice, index: undefined }))),
	},
	'an empty error with every chunk': {
		rewrite: (chunks) => chunks.map((chunk) => ({ ...chunk, error: {} })),
	},
	'chunks that say nothing': {
		rewrite: (chunks) => chunks.flatMap((chunk) => [{}, { choices: null }, [], chunk]),
	},
};

function likeAzure(chunks: Chunk[]): unknown[] {
	const empty = { id: '', object: '', created: 0, model: '' };
	const safe = { hate: { filtered: false, severity: 'safe' } };
	const filtered = {
		...empty,
		choices: [{ index: 0, content_filter_results: safe, content_filter_offsets: {} }],
	};
	return [
		{ ...empty, choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }] },
		...chunks.slice(0, -1).flatMap((chunk) => [chunk, filtered]),
		chunks.at(-1),
	];
}

/** Changes the deltas that have a text. */
function deltas(change: (delta: Record<string, unknown>) => object) {
	return (chunks: Chunk[]) =>
		chunks.map((chunk) =>
			withChoice(chunk, (choice) =>
				choice.delta.content ? { ...choice, delta: change(choice.delta) } : choice,
			),
		);
}

function withChoice(chunk: Chunk, change: (choice: Chunk['choices'][number]) => object): object {
	return { ...chunk, choices: chunk.choices.map(change) };
}
