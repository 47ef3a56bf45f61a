import type { IDataObject } from 'n8n-workflow';
import { withNulls, wrapInList, type JsonSchema } from '../../../../client';
import { FieldReader } from '../../../../host/parameters/readField';
import { readFields } from '../../../../host/parameters/responseFormat';
import type { ItemContext, OperationHandler } from '../../../../host/run/operation';
import { description } from './extract.operation';
import { runTextTask, type TextTask } from './textTask';

const ONE =
	'You take facts out of texts. Fill the fields with what the text says, and with nothing else: no guesses, nothing you know from elsewhere. Where the text does not say it, the field is null, or an empty list if it is a list; a field that can be neither is an empty text. Keep names, numbers and words as the text has them, unless the description or the type of a field asks for another form; write dates as YYYY-MM-DD.';
const SEVERAL = `${ONE} The text may hold several such records: put each of them into the list "records", in the order of the text, none twice. If there is none, the list is empty.`;

/** Takes fields out of the text of one item: into one item, or one for each record found. */
export const execute: OperationHandler = async (item) => {
	const several = new FieldReader(item, description).boolean('severalRecords');
	const { json, item: itemOf, items } = await runTextTask(item, () => extraction(item, several));
	return { items: several ? items(json.records as IDataObject[]) : [itemOf(json)] };
};

function extraction(item: ItemContext, several: boolean): TextTask {
	const { source, strict, schema } = readFields(item);
	return {
		instructions: several ? SEVERAL : ONE,
		json: {
			name: 'extraction',
			strict,
			schema: adjusted(schema, { mayBeNull: source === 'example', several }),
		},
	};
}

const adjustments = new WeakMap<JsonSchema, Record<string, JsonSchema>>();

/** The same object for the same schema: it is then read only once. */
function adjusted(schema: JsonSchema, { mayBeNull, several }: { mayBeNull: boolean; several: boolean }) {
	const known = adjustments.get(schema) ?? {};
	adjustments.set(schema, known);
	// An example says what a field looks like, not that every text has it.
	return (known[`${mayBeNull} ${several}`] ??= inList(mayBeNull ? withNulls(schema) : schema, several));
}

const inList = (schema: JsonSchema, several: boolean) => (several ? wrapInList('records', schema) : schema);
