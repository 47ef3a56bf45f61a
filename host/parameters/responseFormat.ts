import type { IDataObject } from 'n8n-workflow';
import {
	isObject,
	parseJson,
	schemaFromExample,
	schemaProblem,
	strictProblems,
	UnclearExample,
	type JsonFormat,
	type JsonOptions,
	type JsonSchema,
	type NamedSchema,
	type SchemaProblem,
} from '../../client';
import { InputProblem, shown } from './inputProblem';
import type { ItemParameters } from './itemParameters';
import { checkText } from './parameterChecks';
import { FieldReader, OptionReader } from './readField';
import { rememberLast } from './rememberLast';
import { jsonOptions, responseFormatDescription, schemaDescription } from './responseFormat.description';
import { schemaFromFields } from './schemaFields';

type ResponseFormat = 'text' | 'jsonObject' | 'jsonSchema';
const SOURCES = {
	example: { parameter: 'schemaExample', label: 'Example' },
	fields: { parameter: 'schemaFields', label: 'Fields' },
	schema: { parameter: 'schemaJson', label: 'Schema' },
};

/** What the reply to an item is to be, when it is to be JSON. */
export interface JsonReplies extends JsonOptions {
	/** Sent as `response_format`. */
	format: JsonFormat;
}

/**
 * Reads the fields that say what the reply is to be.
 *
 * @returns undefined when it may be any text.
 * @throws {InputProblem} naming the field to correct.
 */
export function readResponseFormat(item: ItemParameters): JsonReplies | undefined {
	const { options } = item;
	const chosen = new FieldReader(item, responseFormatDescription).choice<ResponseFormat>('responseFormat');
	if (chosen === 'text') return undefined;
	const repairAttempts = readRepairAttempts(options);
	if (chosen === 'jsonObject') return { format: { type: 'json_object' }, repairAttempts };
	const { schema, strict } = readFields(item);
	const description = new OptionReader(options, jsonOptions).text('schemaDescription');
	const named: NamedSchema = {
		name: readName(options.schemaName),
		...(description && { description }),
		strict,
		schema,
	};
	return { format: { type: 'json_schema', json_schema: named }, repairAttempts };
}

/**
 * Reads the fields that define a schema: by an example, a form, or as it is.
 *
 * @returns the same schema object as long as the fields stay the same.
 * @throws {InputProblem} naming the field to correct.
 */
export function readFields(item: ItemParameters) {
	const field = new FieldReader(item, schemaDescription);
	const source = field.choice<keyof typeof SOURCES>('schemaSource');
	const strict = field.boolean('schemaStrict');
	const schema = rememberedSchema(source, item.parameter(SOURCES[source].parameter, undefined), strict);
	return { source, strict, schema };
}

/** @throws {InputProblem} when the option is out of range. */
export function readRepairAttempts(options: IDataObject): number {
	return new OptionReader(options, jsonOptions).numberOrDefault('repairAttempts', { whole: true });
}

const rememberedSchema = rememberLast(readSchema);

function readSchema(source: keyof typeof SOURCES, given: unknown, strict: boolean): JsonSchema {
	const { label } = SOURCES[source];
	let schema: JsonSchema;
	switch (source) {
		case 'fields':
			schema = schemaFromFields(given, strict);
			break;
		case 'example':
			schema = fromExample(
				readObject(
					label,
					given,
					'Write it like {"name": "Ada"}, with straight double quotes; of several records give one',
				),
			);
			break;
		case 'schema': {
			schema = readObject(label, given, 'Paste a JSON Schema, such as {"type": "object", "properties": {…}}');
			const problem = schemaProblem(schema);
			if (problem) throwFirst([problem], '');
		}
	}
	if (strict) throwFirst(strictProblems(schema), source === 'schema' ? ', or turn Strict off' : '');
	return schema;
}

function fromExample(example: JsonSchema): JsonSchema {
	try {
		return schemaFromExample(example);
	} catch (error) {
		throw error instanceof UnclearExample ? unclear(error) : error;
	}
}

function unclear({ path, messageFragment, fix }: UnclearExample): InputProblem {
	return new InputProblem(
		'Example',
		path ? `In the example, ${path} ${messageFragment}` : `The example ${messageFragment}`,
		fix,
	);
}

function readObject(label: string, given: unknown, hint: string): JsonSchema {
	const value = typeof given === 'string' ? parseJson(given) : given;
	if (isObject(value)) return value;
	throw new InputProblem(label, `${label} must be a JSON object, but is ${shown(given ?? '')}`, hint);
}

/** @param orElse what helps as well. */
function throwFirst(problems: SchemaProblem[], orElse: string): void {
	const [first, ...others] = problems;
	if (!first) return;
	const { path, messageFragment, fix } = first;
	const more =
		others.length > 0
			? ` (and ${others.length} more such ${others.length === 1 ? 'problem' : 'problems'})`
			: '';
	throw new InputProblem(
		'Schema',
		`${path ? `In the schema, ${path}` : 'The schema'} ${messageFragment}${more}`,
		`${fix}${orElse}`,
	);
}

function readName(given: unknown): string {
	const name = checkText('Schema Name', given ?? 'response').trim() || 'response';
	if (/^[\w-]{1,64}$/.test(name)) return name;
	throw new InputProblem(
		'Schema Name',
		`Schema Name may have at most 64 letters, digits, _ and -, but is ${shown(name)}`,
		'Shorten it, and write it without spaces and umlauts',
	);
}
