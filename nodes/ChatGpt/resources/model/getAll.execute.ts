import { mayChat, type Model } from '../../../../client';
import { outputItem } from '../../../../host/output/callMetadata';
import type { ItemParameters } from '../../../../host/parameters/itemParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { checkBoolean, checkText, withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { readNumberField } from '../../../../host/parameters/readField';
import { readBasicCall } from '../../../../host/run/basicCall';
import type { OperationHandler } from '../../../../host/run/operation';
import { limitField } from './getAll.operation';
import { modelFields } from './modelItem';

/** Lists the models of the server: an item for each. */
export const execute: OperationHandler = async (item) => {
	const { client, totals } = item.run;
	const shape = readOutputShape(item.options);
	const isWanted = readFilters(item);
	const most = readLimit(item);
	const result = await client.listModels(readBasicCall(item));
	totals.addAnswer(result);
	const wanted = result.models.filter(isWanted).slice(0, most);
	return { items: wanted.map((model) => outputItem(item, modelFields(model, shape.simplify), shape)) };
};

function readLimit({ parameter }: ItemParameters): number | undefined {
	if (checkBoolean('Return All', parameter('returnAll', false))) return undefined;
	return readNumberField(limitField, parameter('limit', 50), { whole: true });
}

function readFilters({ context, itemIndex }: ItemParameters): (model: Model) => boolean {
	const filters = withoutEmpty(context.getNodeParameter('filters', itemIndex, {}));
	const part = checkText('ID Contains', filters.idContains ?? '')
		.trim()
		.toLowerCase();
	const onlyChat = checkBoolean('Only Models That Chat', filters.onlyChat ?? false);
	return ({ id }) => id.toLowerCase().includes(part) && (!onlyChat || mayChat(id));
}
