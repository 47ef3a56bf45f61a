import { walkSchema, type JsonSchema } from './jsonSchema';
import { strictObject } from './schemaFromExample';

const DEFINITIONS = ['$defs', 'definitions'];

/**
 * The schema of an object with one field, a list of what the schema describes.
 *
 * @param field any name without `/` and `~`.
 */
export function listOf(field: string, schema: JsonSchema): JsonSchema {
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
