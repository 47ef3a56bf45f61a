import { isInstruction, messageText, type ChatMessage, type ModelRequest } from '../core/requests';
import { jsonFormatIn, type JsonFormat } from './jsonFormat';

/** The request for any JSON object, with the schema it is to follow as an instruction. */
export function withJsonObject<R extends ModelRequest>(request: R): R {
	return { ...withInstruction(request), response_format: { type: 'json_object' } };
}

/**
 * OpenAI rejects a request for a JSON object unless a message mentions JSON ("'messages' must contain the word 'json'
 * in some form"), since models without that word have been seen to write white space without end.
 */
export function mentioningJson<R extends ModelRequest>(request: R): R {
	const isAsked = jsonFormatIn(request)?.type === 'json_object';
	const isMentioned = request.messages?.some((message) => /json/i.test(messageText(message)));
	return isAsked && !isMentioned ? withInstruction(request) : request;
}

/** The request with its format in words. */
export function withInstruction<R extends ModelRequest>(request: R): R {
	const format = jsonFormatIn(request);
	const instruction = format && instructionFor(format);
	if (!instruction || !request.messages) return { ...request };
	return { ...request, messages: withSystemText(request.messages, instruction) };
}

/** Many open models take one system message only, and only as the first, so that the text joins one that is there. */
function withSystemText(messages: ChatMessage[], text: string): ChatMessage[] {
	const [first, ...rest] = messages;
	if (!first || !isInstruction(first) || typeof first.content !== 'string')
		return [{ role: 'system', content: text }, ...messages];
	if (first.content.includes(text)) return messages;
	return [{ ...first, content: `${first.content}\n\n${text}` }, ...rest];
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
