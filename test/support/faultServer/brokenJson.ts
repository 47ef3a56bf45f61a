import { fail, ok, type Behave, type Behaviour, type Completion } from './behaviours';

type Fields = Record<string, unknown>;

const python = (json: string) => json.replace(/: true/g, ': True').replace(/: null/g, ': None');

/** What models do to JSON that they were asked for. Each makes a reply of an object with a text and a number. */
export const BROKEN_JSON = {
	fenced: (good: Fields) => `\`\`\`json\n${JSON.stringify(good, null, 2)}\n\`\`\``,
	'with words around it': (good: Fields) =>
		`Here is the JSON you asked for:\n\n${JSON.stringify(good)}\n\nLet me know if you need more!`,
	'single-quoted': (good: Fields) => JSON.stringify(good).replaceAll('"', "'"),
	'with a trailing comma': (good: Fields) => JSON.stringify(good).replace(/\}$/, ',}'),
	'with bare keys': (good: Fields) => JSON.stringify(good).replace(/"(\w+)":/g, '$1: '),
	'in the manner of Python': (good: Fields) => python(JSON.stringify(good, null, 1)),
	truncated: (good: Fields) => JSON.stringify(good).slice(0, -8),
	'without a field': (good: Fields) => JSON.stringify(Object.fromEntries(Object.entries(good).slice(1))),
	'with a wrong type': (good: Fields) =>
		JSON.stringify(Object.fromEntries(Object.keys(good).map((key) => [key, [key]]))),
	'with a field too many': (good: Fields) => JSON.stringify({ ...good, note: 'made up' }),
	'in prose only': () => 'I am sorry, I can only tell you that it costs a lot.',
	empty: () => '',
};

export type Breakage = keyof typeof BROKEN_JSON;

/** 200 with a message that declines to answer. */
export const refused = (refusal = "I'm sorry, I can't help with that."): Behaviour =>
	ok({
		body: {
			choices: [{ index: 0, message: { role: 'assistant', content: null, refusal }, finish_reason: 'stop' }],
		},
	});

/** A server that refuses structured outputs, and JSON mode as well if told so; otherwise it completes. */
export function withoutJsonFormats(takes: 'json_object' | 'nothing', completion: Completion): Behave {
	return ({ body }) => {
		const type = (body as { response_format?: { type: string } }).response_format?.type;
		if (type === undefined || type === takes) return ok(completion);
		return fail({
			status: 400,
			type: 'invalid_request_error',
			param: 'response_format',
			message: `Invalid parameter: 'response_format' of type '${type}' is not supported with this model.`,
		});
	};
}
