import { isObject, type JsonSchema } from '../core/json';
import { walkSchema } from './walkSchema';

/** An object that has these fields and no others. */
export function strictObject(
	properties: ReadonlyArray<readonly [string, JsonSchema]>,
	required: string[],
): JsonSchema {
	return {
		type: 'object',
		properties: Object.fromEntries(properties),
		required,
		additionalProperties: false,
	};
}

/** The same, or null: in a strict schema every field has to be there. */
export function nullable(schema: JsonSchema): JsonSchema {
	const { type, enum: values } = schema;
	if (Array.isArray(schema.anyOf)) {
		const choices = schema.anyOf as JsonSchema[];
		return choices.some((choice) => choice.type === 'null')
			? schema
			: { ...schema, anyOf: [...choices, { type: 'null' }] };
	}
	const types: unknown[] = Array.isArray(type) ? type : [type];
	if (types.includes('null')) return schema;
	return {
		...schema,
		type: [...types, 'null'],
		...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
	};
}

/** The same schema of an example, but each of its fields may also be null; a list may be empty as it is. */
export function withNulls(schema: JsonSchema): JsonSchema {
	const { properties, items, anyOf } = schema;
	const mayBeNull = (field: unknown) => {
		const inside = withNulls(field as JsonSchema);
		return inside.type === 'array' ? inside : nullable(inside);
	};
	return {
		...schema,
		...(isObject(properties) && {
			properties: Object.fromEntries(
				Object.entries(properties).map(([name, field]) => [name, mayBeNull(field)]),
			),
		}),
		...(isObject(items) && { items: withNulls(items) }),
		...(Array.isArray(anyOf) && { anyOf: (anyOf as JsonSchema[]).map(withNulls) }),
	};
}

const DEFINITIONS = ['$defs', 'definitions'];

/**
 * The schema of an object with one field, a list of what the schema describes.
 *
 * @param field any name without `/` and `~`.
 */
export function wrapInList(field: string, schema: JsonSchema): JsonSchema {
	const { $schema, ...entry } = structuredClone(schema);
	const definitions: JsonSchema = {};
	for (const name of DEFINITIONS) {
		// OpenAI wants definitions at the top.
		if (name in entry) definitions[name] = entry[name];
		delete entry[name];
	}
	const list = {
		...($schema !== undefined && { $schema }),
		...strictObject([[field, { type: 'array', items: entry }]], [field]),
		...definitions,
	};
	walkSchema(list, (one) => {
		const { $ref } = one;
		if (typeof $ref !== 'string' || !$ref.startsWith('#')) return;
		if (DEFINITIONS.some((name) => $ref.startsWith(`#/${name}/`))) return;
		one.$ref = `#/properties/${field}/items${$ref.slice(1)}`;
	});
	return list;
}
