import { messageText, type ChatMessage, type ChatRequest } from '../core/requests';
import type { ModelRequest } from '../endpoints/endpoint';
import type { ApiFailure } from '../core/errors';
import { jsonFormatIn, type JsonFormat } from './jsonFormat';
import type { KnownUnsupported } from '../capabilities/unsupportedFeatures';

/**
 * What to send to a server without structured outputs: any JSON object and the schema as an instruction; and if it does
 * not know that either, the instruction alone. The reply is checked in any case.
 */
export const withoutStructuredOutputs: KnownUnsupported[] = [
	{
		id: 'response_format json_schema',
		concerns: (request) => canBeInWords(request, 'json_schema'),
		shownBy: refusesFormat,
		avoid: withJsonObject,
		warning: {
			feature: 'response_format',
			message:
				'The server does not take a JSON Schema: it was asked for any JSON object, with the schema as an instruction.',
		},
	},
	{
		id: 'response_format json_object',
		concerns: (request) => canBeInWords(request, 'json_object'),
		shownBy: refusesFormat,
		avoid(request) {
			const rest = withInstruction(request);
			delete rest.response_format;
			return rest;
		},
		warning: {
			feature: 'response_format',
			message: 'The server takes no response format: the model was only instructed to answer in JSON.',
		},
	},
];

/** Whether a format can be asked for in words instead: a prompt to be continued is no place for them. */
function canBeInWords(request: ModelRequest, type: JsonFormat['type']): boolean {
	return request.messages !== undefined && jsonFormatIn(request)?.type === type;
}

/** The request for any JSON object, with the schema it is to follow as an instruction. */
export function withJsonObject<R extends ModelRequest>(request: R): R {
	return { ...withInstruction(request), response_format: { type: 'json_object' } };
}

/** Servers word it differently; a schema that the server finds fault with is the user's to correct. */
function refusesFormat({ kind, message, details: { param, code } }: ApiFailure): boolean {
	if (kind !== 'bad_request') return false;
	if (/invalid[ _](json[ _])?schema/i.test(`${message} ${code}`)) return false;
	return /response[_ ]format|json[_ ]schema|json[_ ]object|structured output/i.test(`${param} ${message}`);
}

/**
 * OpenAI refuses to answer with a JSON object unless a message mentions JSON ("'messages' must contain the word 'json'
 * in some form"), since models without that word have been seen to write white space without end.
 */
export function mentioningJson(request: ChatRequest): ChatRequest {
	const isAsked = jsonFormatIn(request)?.type === 'json_object';
	const isMentioned = request.messages.some((message) => /json/i.test(messageText(message)));
	return isAsked && !isMentioned ? withInstruction(request) : request;
}

/** The request with its format in words. */
function withInstruction<R extends ModelRequest>(request: R): R {
	const format = jsonFormatIn(request);
	const instruction = format && instructionFor(format);
	if (!instruction || !request.messages) return { ...request };
	const [first, ...rest] = request.messages;
	// Many open models take one system message only, and only as the first.
	const messages: ChatMessage[] =
		first && (first.role === 'system' || first.role === 'developer') && typeof first.content === 'string'
			? first.content.includes(instruction)
				? request.messages
				: [{ ...first, content: `${first.content}\n\n${instruction}` }, ...rest]
			: [{ role: 'system', content: instruction }, ...request.messages];
	return { ...request, messages };
}

function instructionFor(format: JsonFormat): string {
	return `Reply with one JSON object and nothing else: no explanation and no code fences.${schemaInWords(format)}`;
}

/** The part of an instruction that gives the schema, if there is one. */
export function schemaInWords(format: JsonFormat): string {
	if (format.type === 'json_object') return '';
	const { description, schema } = format.json_schema;
	const purpose = description ? ` (${description})` : '';
	return ` It must follow this JSON Schema${purpose}:\n${JSON.stringify(schema)}`;
}
