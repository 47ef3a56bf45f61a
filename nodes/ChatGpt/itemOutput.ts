import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ChatResult } from '../../client/client';
import type { OutputShape } from './shared/outputOptions';

/** The item that answers an input item. Binary data of the input passes through. */
export function replyItem(
	result: ChatResult,
	input: INodeExecutionData,
	itemIndex: number,
	{ simplify, includeInputFields, outputField }: OutputShape,
): INodeExecutionData {
	const reply = simplify ? simplified(result) : (result.raw as IDataObject);
	const placed = outputField ? { [outputField]: reply } : reply;
	return {
		json: includeInputFields ? { ...input.json, ...placed } : placed,
		...(input.binary && { binary: input.binary }),
		pairedItem: { item: itemIndex },
	};
}

function simplified(result: ChatResult): IDataObject {
	const { choices, usage, id, model, requestId, latencyMs, failedAttempts, warnings } = result;
	const [first] = choices;
	// Absent means that the server did not report it.
	return {
		text: first.text,
		...(first.refusal && { refusal: first.refusal }),
		finishReason: first.finishReason,
		...(model && { model }),
		...(usage && { usage }),
		latencyMs,
		attempts: failedAttempts.length + 1,
		...(id && { id }),
		...(requestId && { requestId }),
		...(first.logprobs && { logprobs: first.logprobs }),
		...(choices.length > 1 && { choices }),
		warnings,
	};
}
