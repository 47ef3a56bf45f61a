import { mayChat, type Model } from '../../../../client';
import { outputItem } from '../../../../host/output/callMetadata';
import type { ItemParameters } from '../../../../host/parameters/itemParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { FieldReader, OptionReader } from '../../../../host/parameters/readField';
import { readBasicCall } from '../../../../host/run/basicCall';
import type { OperationHandler } from '../../../../host/run/operation';
import { description, filterOptions } from './getAll.operation';
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

function readLimit(item: ItemParameters): number | undefined {
	const field = new FieldReader(item, description);
	return field.boolean('returnAll') ? undefined : field.number('limit', { whole: true });
}

function readFilters({ context, itemIndex }: ItemParameters): (model: Model) => boolean {
	const filters = withoutEmpty(context.getNodeParameter('filters', itemIndex, {}));
	const filter = new OptionReader(filters, filterOptions);
	const part = filter.text('idContains')?.toLowerCase() ?? '';
	const onlyChat = filter.boolean('onlyChat') ?? false;
	return ({ id }) => id.toLowerCase().includes(part) && (!onlyChat || mayChat(id));
}
