import { outputItem } from '../../../../host/output/callMetadata';
import type { NodeRun } from '../../../../host/run/nodeRun';
import type { Answered } from '../../operations';
import { readModel } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { readPlainCall } from '../../../../host/parameters/basicCallOptions';
import { modelFields } from './modelItem';

/**
 * Answers one item.
 *
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function answer(
	run: NodeRun,
	itemIndex: number,
	stopSignal: AbortSignal,
): Promise<Answered> {
	const { context, client, totals } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
	const shape = readOutputShape(options);
	const id = readModel(context, itemIndex, 'modelId');
	const result = await client.getModel(id, readPlainCall(run, options, stopSignal));
	totals.addAnswer(result);
	const fields = modelFields(result.model, shape.simplify);
	return { items: [outputItem(fields, context.getInputData()[itemIndex]!, itemIndex, shape)] };
}
