import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ChatResult } from '../../../../client';
import { callMetadata, outputItem } from '../../../../host/output/callMetadata';
import { canSpread } from '../../../../host/output/itemOutput';
import type { ItemParameters } from '../../../../host/parameters/itemParameters';
import type { OutputShape } from '../../../../host/parameters/outputOptions';

/** What makes output items of the reply to a task. Summed up over the items, usage and cost have to be right. */
export function taskItems(item: ItemParameters, result: ChatResult, shape: OutputShape) {
	const { json } = result.choices[0];
	const about: IDataObject = shape.simplify
		? { ...callMetadata(result), warnings: result.warnings }
		: { ...(result.raw as IDataObject), ...(json !== undefined && { json: json }) };
	const itemOf = (fields: IDataObject, nth = 0): INodeExecutionData => {
		const counted = nth === 0 ? about : withoutUsage(about);
		return outputItem(item, shape.simplify ? withMetadata(fields, counted) : counted, shape, result.id);
	};
	const itemsOf = (records: IDataObject[]): INodeExecutionData[] =>
		shape.simplify ? records.map((record, nth) => itemOf(record, nth)) : [itemOf({})];
	return { item: itemOf, items: itemsOf };
}

function withoutUsage(about: IDataObject): IDataObject {
	const others = { ...about };
	delete others.usage;
	delete others.costUsd;
	return others;
}

function withMetadata(fields: IDataObject, metadata: IDataObject): IDataObject {
	const own = canSpread(fields) ? fields : { json: fields };
	// Named first because they are what matters, and last because a field that the user defined wins.
	return { ...own, ...metadata, ...own };
}
