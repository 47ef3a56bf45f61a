import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { CachedResult } from './replyCache';
import type { OutputShape } from './shared/outputOptions';

/** What an item says of the call it comes from. Absent means that the server did not report it. */
export function callFacts(result: CachedResult): IDataObject {
	const { usage, costUsd, id, model, requestId, latencyMs, timeToFirstTokenMs, failedAttempts, cached } =
		result;
	return {
		...(model && { model }),
		...(usage && { usage }),
		costUsd: cached ? 0 : costUsd,
		latencyMs,
		...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
		attempts: cached ? 0 : failedAttempts.length + 1,
		...(cached && { cached }),
		...(id && { id }),
		...(requestId && { requestId }),
	};
}

/** The item with the reply where the options want it. Binary data of the input passes through. */
export function placed(
	reply: IDataObject,
	input: INodeExecutionData,
	itemIndex: number,
	{ includeInputFields, outputField }: Pick<OutputShape, 'includeInputFields' | 'outputField'>,
): INodeExecutionData {
	const json = outputField ? { [outputField]: reply } : reply;
	return {
		json: includeInputFields ? { ...input.json, ...json } : json,
		...(input.binary && { binary: input.binary }),
		pairedItem: { item: itemIndex },
	};
}
