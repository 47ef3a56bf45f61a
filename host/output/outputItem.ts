import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ItemParameters } from '../parameters/itemParameters';
import type { OutputShape } from '../parameters/outputOptions';

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
