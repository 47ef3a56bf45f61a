import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ChatMessage } from '../../client/chatRequest';
import { isObject } from '../../client/jsonSchema';
import type { Turn } from './memory';
import type { CachedResult } from './replyCache';
import { callFacts, placed } from './outputParts';
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
		...(includeConversation && { conversation: [...messages, replyMessage(result)] as IDataObject[] }),
		...(isSpread && json),
	};
	return placed(reply, input, itemIndex, { includeInputFields, outputField });
}

/** n8n takes an item with a field "error" for a failure, so that JSON with one stays in its own field. */
export function canSpread(json: unknown): json is IDataObject {
	return isObject(json) && !('error' in json);
}

/** The reply as a message of the next turn. */
function replyMessage({ choices: [{ text, refusal = '', toolCalls }] }: CachedResult): ChatMessage {
	// Only a call of tools may be without content.
	if (toolCalls) return { role: 'assistant', content: text || null, tool_calls: toolCalls };
	return { role: 'assistant', content: text || refusal };
}

function simplified(result: CachedResult): IDataObject {
	const { choices, warnings } = result;
	const [first] = choices;
	// Absent means that the server did not report it.
	return {
		text: first.text,
		...(first.reasoning && { reasoning: first.reasoning }),
		...(first.refusal && { refusal: first.refusal }),
		finishReason: first.finishReason,
		...(first.toolCalls && { toolCalls: first.toolCalls }),
		...callFacts(result),
		...(first.logprobs && { logprobs: first.logprobs }),
		...(choices.length > 1 && { choices }),
		warnings,
	};
}
