import { nullable, strictObject, type JsonSchema } from '../../client';
import { InputProblem, shown } from './inputProblem';
import { checkBoolean, checkChoice, checkName, checkText } from './parameterChecks';

type ToSchema = (values: () => string[]) => JsonSchema;

const arrayOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** What a field may be. */
const TYPES = {
	date: () => ({ type: 'string', format: 'date' }),
	numbers: () => arrayOf({ type: 'number' }),
	strings: () => arrayOf({ type: 'string' }),
	number: () => ({ type: 'number' }),
	choice: (values) => ({ type: 'string', enum: values() }),
	choices: (values) => arrayOf({ type: 'string', enum: values() }),
	string: () => ({ type: 'string' }),
	integer: () => ({ type: 'integer' }),
	boolean: () => ({ type: 'boolean' }),
} satisfies Record<string, ToSchema>;

const TYPE_NAMES = Object.keys(TYPES) as Array<keyof typeof TYPES>;

interface Row {
	name?: unknown;
	type?: unknown;
	values?: unknown;
	description?: unknown;
	required?: unknown;
}

/**
 * The schema of an object with the fields of a form.
 *
 * @param strict whether every field has to be in the reply; one that is not required may then be null.
 * @throws {InputProblem} naming the field to correct.
 */
export function schemaFromFields(parameter: unknown, strict: boolean): JsonSchema {
	const values = (parameter as { values?: unknown } | null)?.values;
	const rows = Array.isArray(values) ? (values as Row[]) : [];
	if (rows.length === 0) {
		throw new InputProblem('Fields', 'No field is defined', 'Add the fields that the reply is to have');
	}
	const properties = new Map<string, JsonSchema>();
	const required: string[] = [];
	for (const [index, row] of rows.entries()) {
		const label = `Fields, field ${index + 1}`;
		const name = checkName(`${label}, Name`, row.name ?? '');
		if (!name || name === '__proto__') {
			throw new InputProblem(
				label,
				`Field ${index + 1} has no name that can be used`,
				'Enter a name such as total',
			);
		}
		if (properties.has(name)) {
			throw new InputProblem(
				label,
				`There are two fields named ${shown(name)}`,
				'Rename or remove one of them',
			);
		}
		const mayMiss = !checkBoolean(`${label}, Required`, row.required ?? true);
		properties.set(name, fieldSchema(row, label, mayMiss));
		if (strict || !mayMiss) required.push(name);
	}
	return strictObject([...properties], required);
}

function fieldSchema(row: Row, label: string, mayMiss: boolean): JsonSchema {
	const type = checkChoice(`${label}, Type`, row.type ?? 'string', TYPE_NAMES);
	const description = checkText(`${label}, Description`, row.description ?? '').trim();
	const toSchema: ToSchema = TYPES[type];
	const schema = toSchema(() => readValues(row.values, label));
	return { ...(mayMiss ? nullable(schema) : schema), ...(description && { description }) };
}

/** Separated by commas or lines; an expression may give a list. */
function readValues(given: unknown, label: string): string[] {
	const texts = Array.isArray(given)
		? given.map((value) => checkText(`${label}, Values`, value))
		: checkText(`${label}, Values`, given ?? '').split(/[,\n]/);
	const values = [...new Set(texts.map((text) => text.trim()).filter(Boolean))];
	if (values.length > 0) return values;
	throw new InputProblem(label, `${label} has no values to choose from`, 'Enter them, separated by commas');
}
