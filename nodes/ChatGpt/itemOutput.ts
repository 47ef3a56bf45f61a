import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { CachedResult } from './replyCache';
import type { OutputShape } from './shared/outputOptions';

/** The item that answers an input item. Binary data of the input passes through. */
export function replyItem(
	result: CachedResult,
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

function simplified(result: CachedResult): IDataObject {
	const { choices, usage, id, model, requestId, latencyMs, failedAttempts, cached, warnings } = result;
	const [first] = choices;
	// Absent means that the server did not report it.
	return {
		text: first.text,
		...(first.refusal && { refusal: first.refusal }),
		finishReason: first.finishReason,
		...(model && { model }),
		...(usage && { usage }),
		latencyMs,
		attempts: cached ? 0 : failedAttempts.length + 1,
		...(cached && { cached, costUsd: 0 }),
		...(id && { id }),
		...(requestId && { requestId }),
		...(first.logprobs && { logprobs: first.logprobs }),
		...(choices.length > 1 && { choices }),
		warnings,
	};
}
