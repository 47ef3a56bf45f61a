import { outputItem } from '../../../../host/output/callMetadata';
import { readModelId } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { readBasicCall } from '../../../../host/run/basicCall';
import type { OperationHandler } from '../../../../host/run/operation';
import { modelFields } from './modelItem';

/** Looks up one model. */
export const execute: OperationHandler = async (item) => {
	const { client, totals } = item.run;
	const shape = readOutputShape(item.options);
	const id = readModelId(item, 'modelId');
	const result = await client.getModel(id, readBasicCall(item));
	totals.addAnswer(result);
	return { items: [outputItem(item, modelFields(result.model, shape.simplify), shape)] };
};
