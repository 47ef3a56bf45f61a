import { outputItem } from '../../outputParts';
import type { NodeRun } from '../../nodeRun';
import type { Answered } from '../../operations';
import { readModel } from '../../shared/modelParameters';
import { readOutputShape } from '../../shared/outputOptions';
import { withoutEmpty } from '../../shared/parameterChecks';
import { readPlainCall } from '../../shared/plainCall';
import { modelFields } from './modelItem';

/**
 * Answers one item.
 *
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function answer(
	run: NodeRun,
	itemIndex: number,
	noMoreAttempts: AbortSignal,
): Promise<Answered> {
	const { context, client, totals } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
	const shape = readOutputShape(options);
	const id = readModel(context, itemIndex, 'modelId');
	const result = await client.getModel(id, readPlainCall(run, options, noMoreAttempts));
	totals.addAnswer(result);
	const fields = modelFields(result.model, shape.simplify);
	return { items: [outputItem(fields, context.getInputData()[itemIndex]!, itemIndex, shape)] };
}
