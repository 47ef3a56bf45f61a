import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ChatMessage } from '../../client/chatRequest';
import { isObject } from '../../client/jsonSchema';
import type { Turn } from './memory';
import type { CachedResult } from './replyCache';
import type { OutputShape } from './shared/outputOptions';

/** The item that answers an input item. Binary data of the input passes through. */
export function replyItem(
	{ messages, result }: Turn,
	input: INodeExecutionData,
	itemIndex: number,
	{ simplify, includeInputFields, includeConversation, spreadJson, outputField }: OutputShape,
): INodeExecutionData {
	const { json } = result.choices[0];
	const isSpread = spreadJson && canSpread(json);
	const reply = {
		...(simplify ? simplified(result) : (result.raw as IDataObject)),
		...(json !== undefined && !isSpread && { json: json as IDataObject }),
		...(includeConversation && { conversation: conversation(messages, result) }),
		...(isSpread && json),
	};
	const placed = outputField ? { [outputField]: reply } : reply;
	return {
		json: includeInputFields ? { ...input.json, ...placed } : placed,
		...(input.binary && { binary: input.binary }),
		pairedItem: { item: itemIndex },
	};
}

/** n8n takes an item with a field "error" for a failure, so that JSON with one stays in its own field. */
function canSpread(json: unknown): json is IDataObject {
	return isObject(json) && !('error' in json);
}

/** All that was said, for the next turn. */
function conversation(sent: ChatMessage[], result: CachedResult): IDataObject[] {
	const { exchange = [], results = [] } = result;
	const [{ text, refusal = '', toolMessage }] = result.choices;
	const reply = toolMessage ?? { role: 'assistant', content: text || refusal };
	return [...sent, ...exchange, reply, ...results] as IDataObject[];
}

function simplified(result: CachedResult): IDataObject {
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
		costUsd: cached ? 0 : costUsd,
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
