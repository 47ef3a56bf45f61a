import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ChatMessage } from '../../client/chatRequest';
import { isObject } from '../../client/jsonSchema';
import type { Turn } from './memory';
import type { CachedResult } from './replyCache';
import type { OutputShape } from './shared/outputOptions';

/** Without a cost where it is another item that has it. */
type Shown = Omit<CachedResult, 'costUsd'> & Partial<Pick<CachedResult, 'costUsd'>>;

/** The items that answer an input item: one, or one for each choice. Binary data of the input passes through. */
export function replyItems(
	turn: Turn,
	input: INodeExecutionData,
	itemIndex: number,
	shape: OutputShape,
): INodeExecutionData[] {
	const asItems = shape.choicesAsItems && shape.simplify && turn.result.choices.length > 1;
	const replies = asItems ? choiceReplies(turn, shape) : [wholeReply(turn, shape)];
	return replies.map((reply) => {
		const placed = shape.outputField ? { [shape.outputField]: reply } : reply;
		return {
			json: shape.includeInputFields ? { ...input.json, ...placed } : placed,
			...(input.binary && { binary: input.binary }),
			pairedItem: { item: itemIndex },
		};
	});
}

function choiceReplies({ messages, result }: Turn, shape: OutputShape): IDataObject[] {
	const { usage, costUsd, ...rest } = result;
	return result.choices.map((choice, position) => {
		// They are of all choices together, and a sum over the items must not count them twice.
		const ofAll = position === 0 ? { usage, costUsd } : {};
		return wholeReply({ messages, result: { ...rest, ...ofAll, choices: [choice] } }, shape, {
			index: choice.index,
		});
	});
}

/** @param more goes with a simplified reply. */
function wholeReply(
	{ messages, result }: { messages: ChatMessage[]; result: Shown },
	shape: OutputShape,
	more: IDataObject = {},
): IDataObject {
	const { json } = result.choices[0];
	const isSpread = shape.spreadJson && canSpread(json);
	return {
		...(shape.simplify ? { ...simplified(result), ...more } : (result.raw as IDataObject)),
		...(json !== undefined && !isSpread && { json: json }),
		...(shape.includeConversation && { conversation: conversation(messages, result) }),
		...(isSpread && json),
	};
}

/** n8n takes an item with a field "error" for a failure, so that JSON with one stays in its own field. */
function canSpread(json: unknown): json is IDataObject {
	return isObject(json) && !('error' in json);
}

/** All that was said, for the next turn. */
function conversation(sent: ChatMessage[], result: Shown): IDataObject[] {
	const { exchange = [], results = [] } = result;
	const [{ text, refusal = '', toolMessage }] = result.choices;
	const reply = toolMessage ?? { role: 'assistant', content: text || refusal };
	return [...sent, ...exchange, reply, ...results] as IDataObject[];
}

function simplified(result: Shown): IDataObject {
	const {
		choices,
		usage,
		costUsd,
		id,
		model,
		requestId,
		latencyMs,
		timeToFirstTokenMs,
		failedAttempts,
		paidReplies = 1,
		cached,
		warnings,
	} = result;
	const [first] = choices;
	// Absent means that the server did not report it.
	return {
		text: first.text,
		...(first.reasoning && { reasoning: first.reasoning }),
		...(first.refusal && { refusal: first.refusal }),
		finishReason: first.finishReason,
		...(first.toolCalls && { toolCalls: first.toolCalls }),
		...(model && { model }),
		...(usage && { usage }),
		...(costUsd !== undefined && { costUsd: cached ? 0 : costUsd }),
		latencyMs,
		...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
		attempts: cached ? 0 : failedAttempts.length + paidReplies,
		...(cached && { cached }),
		...(id && { id }),
		...(requestId && { requestId }),
		...(first.logprobs && { logprobs: first.logprobs }),
		...(choices.length > 1 && { choices: choices.map(withoutMessage) }),
		warnings,
	};
}

/** `toolCalls` say the same. */
function withoutMessage({ toolMessage, ...choice }: CachedResult['choices'][0]): IDataObject {
	void toolMessage;
	return choice as IDataObject;
}
