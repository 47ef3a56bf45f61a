import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { CallInfo, ChatResult } from '../../client';
import type { ItemParameters } from '../parameters/itemParameters';
import type { OutputShape } from '../parameters/outputOptions';

/** A reply, without a cost where it is another item that has it. */
export type ReportedResult = Omit<ChatResult, 'costUsd'> & Partial<Pick<ChatResult, 'costUsd'>>;

/** What an item says of the call it comes from. Absent means that the server did not report it. */
export function callMetadata(result: ReportedResult): IDataObject {
	const { usage, costUsd, id, model, requestId, latencyMs, timeToFirstTokenMs } = result;
	const { requestCount, cached } = result;
	return {
		...(model && { model }),
		...(usage && { usage }),
		...(costUsd !== undefined && { costUsd }),
		latencyMs,
		...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
		attempts: requestCount,
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
	{ input, itemIndex }: Pick<ItemParameters, 'input' | 'itemIndex'>,
	fields: IDataObject,
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
export function basicCallMetadata({ latencyMs, failedAttempts, requestId, warnings }: CallInfo): IDataObject {
	const attempts = failedAttempts.length + 1;
	return { latencyMs, attempts, ...(requestId && { requestId }), warnings };
}
