import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Called } from '../../client/client';
import type { CachedResult } from '../../client/sending/replyCache';
import type { OutputShape } from '../parameters/outputOptions';

/** A reply, without a cost where it is another item that has it. */
export type Shown = Omit<CachedResult, 'costUsd'> & Partial<Pick<CachedResult, 'costUsd'>>;

/** What an item says of the call it comes from. Absent means that the server did not report it. */
export function callMetadata(result: Shown): IDataObject {
	const { usage, costUsd, id, model, requestId, latencyMs, timeToFirstTokenMs } = result;
	const { failedAttempts, paidReplies = 1, cached } = result;
	return {
		...(model && { model }),
		...(usage && { usage }),
		...(costUsd !== undefined && { costUsd: cached ? 0 : costUsd }),
		latencyMs,
		...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
		attempts: cached ? 0 : failedAttempts.length + paidReplies,
		...(cached && { cached }),
		...(id && { id }),
		...(requestId && { requestId }),
	};
}

/**
 * Puts fields into their place in an output item. Binary data of the input passes through.
 *
 * @param callId what the API calls the reply. It gives way to an `id` of the input, which most often names the row of a
 * database that the next node writes to.
 */
export function outputItem(
	fields: IDataObject,
	input: INodeExecutionData,
	itemIndex: number,
	{ outputField, includeInputFields }: Pick<OutputShape, 'outputField' | 'includeInputFields'>,
	callId?: string,
): INodeExecutionData {
	const placed = outputField ? { [outputField]: fields } : fields;
	const json = includeInputFields ? { ...input.json, ...placed } : placed;
	if (json.id === callId && input.json.id !== undefined && includeInputFields) json.id = input.json.id;
	return {
		json,
		...(input.binary && { binary: input.binary }),
		pairedItem: { item: itemIndex },
	};
}

/** How a call went, for an item of its own. */
export function basicCallMetadata({ latencyMs, failedAttempts, requestId, warnings }: Called): IDataObject {
	const attempts = failedAttempts.length + 1;
	return { latencyMs, attempts, ...(requestId && { requestId }), warnings };
}
