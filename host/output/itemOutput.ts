import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { isObject, type ChatMessage, type ChatResult, type Choice } from '../../client';
import type { ItemParameters } from '../parameters/itemParameters';
import type { OutputShape } from '../parameters/outputOptions';
import { callMetadata, outputItem, type ReportedResult } from './callMetadata';

/** The messages sent, and what came back. */
export interface Turn {
	messages: ChatMessage[];
	result: ChatResult;
}

/** Choices that become an item together. */
export interface Part {
	choices: [Choice, ...Choice[]];
	/** What else to say of them. */
	more?: IDataObject;
}

/**
 * The items that answer an input item: one for each part of the reply, or one for each choice.
 *
 * @param parts all choices together unless given.
 */
export function replyItems(
	item: Pick<ItemParameters, 'input' | 'itemIndex'>,
	turn: Turn,
	shape: OutputShape,
	parts: Part[] = [{ choices: turn.result.choices }],
): INodeExecutionData[] {
	const divided = shape.choicesAsItems ? parts.flatMap(choicesApart) : parts;
	const replies = shape.simplify ? partReplies(turn, shape, divided) : [wholeReply(turn, shape)];
	return replies.map((reply) => outputItem(item, reply, shape, turn.result.id));
}

function choicesApart(part: Part): Part[] {
	const { choices, more } = part;
	if (choices.length === 1) return [part];
	return choices.map((choice) => ({ choices: [choice], more: { ...more, index: choice.index } }));
}

function partReplies({ messages, result }: Turn, shape: OutputShape, parts: Part[]): IDataObject[] {
	const { usage, costUsd, ...rest } = result;
	return parts.map(({ choices, more }, position) => {
		// They are of all choices together, and a sum over the items must not count them twice.
		const ofAll = position === 0 ? { usage, costUsd } : {};
		return wholeReply({ messages, result: { ...rest, ...ofAll, choices } }, shape, more);
	});
}

/** @param more goes with a simplifiedReply reply. */
function wholeReply(
	{ messages, result }: { messages: ChatMessage[]; result: ReportedResult },
	shape: OutputShape,
	more: IDataObject = {},
): IDataObject {
	const { json } = result.choices[0];
	const isSpread = shape.spreadJson && canSpread(json);
	return {
		...(shape.simplify ? { ...simplifiedReply(result), ...more } : (result.raw as IDataObject)),
		...(json !== undefined && !isSpread && { json: json }),
		...(shape.includeConversation && { conversation: conversation(messages, result) }),
		...(isSpread && json),
	};
}

/** n8n takes an item with a field "error" for a failure, so that JSON with one stays in its own field. */
export function canSpread(json: unknown): json is IDataObject {
	return isObject(json) && !('error' in json);
}

/** All that was said, for the next turn. */
function conversation(sent: ChatMessage[], result: ReportedResult): IDataObject[] {
	const { exchange = [], results = [] } = result;
	const [{ text, refusal = '', toolMessage }] = result.choices;
	const reply = toolMessage ?? { role: 'assistant', content: text || refusal };
	return [...sent, ...exchange, reply, ...results] as IDataObject[];
}

function simplifiedReply(result: ReportedResult): IDataObject {
	const { choices, warnings } = result;
	const [first] = choices;
	// Absent means that the server did not report it.
	return {
		text: first.text,
		...(first.reasoning && { reasoning: first.reasoning }),
		...(first.refusal && { refusal: first.refusal }),
		finishReason: first.finishReason,
		...(first.toolCalls && { toolCalls: first.toolCalls }),
		...callMetadata(result),
		...(first.logprobs && { logprobs: first.logprobs }),
		...(choices.length > 1 && { choices: choices.map(withoutMessage) }),
		warnings,
	};
}

/** `toolCalls` say the same. */
function withoutMessage(choice: Choice): IDataObject {
	const shown = { ...choice } as IDataObject;
	delete shown.toolMessage;
	return shown;
}
