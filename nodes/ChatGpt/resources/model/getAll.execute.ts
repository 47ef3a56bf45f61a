import type { IExecuteFunctions } from 'n8n-workflow';
import { mayChat, type Model } from '../../../../client/endpoints/models/response';
import { outputItem } from '../../../../host/output/callMetadata';
import type { NodeRun } from '../../../../host/run/nodeRun';
import type { Answered } from '../../operations';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { checkBoolean, checkNumber, checkText, withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { readPlainCall } from '../../../../host/parameters/basicCallOptions';
import { modelFields } from './modelItem';

/**
 * Answers one item: with one item for each model.
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
	const isWanted = readFilters(context, itemIndex);
	const most = readLimit(context, itemIndex);
	const result = await client.listModels(readPlainCall(run, options, stopSignal));
	totals.addAnswer(result);
	const input = context.getInputData()[itemIndex]!;
	const wanted = result.models.filter(isWanted).slice(0, most);
	return {
		items: wanted.map((model) => outputItem(modelFields(model, shape.simplify), input, itemIndex, shape)),
	};
}

function readLimit(context: IExecuteFunctions, itemIndex: number): number | undefined {
	if (checkBoolean('Return All', context.getNodeParameter('returnAll', itemIndex, false))) return undefined;
	return checkNumber('Limit', context.getNodeParameter('limit', itemIndex, 50), { min: 1, whole: true });
}

function readFilters(context: IExecuteFunctions, itemIndex: number): (model: Model) => boolean {
	const filters = withoutEmpty(context.getNodeParameter('filters', itemIndex, {}));
	const part = checkText('ID Contains', filters.idContains ?? '')
		.trim()
		.toLowerCase();
	const onlyChat = checkBoolean('Only Models That Chat', filters.onlyChat ?? false);
	return ({ id }) => id.toLowerCase().includes(part) && (!onlyChat || mayChat(id));
}
