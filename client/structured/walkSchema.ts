import { isObject, type JsonSchema } from '../core/json';

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = [
	'items',
	'additionalProperties',
	'not',
	'if',
	'then',
	'else',
	'contains',
	'propertyNames',
	'additionalItems',
	'unevaluatedItems',
	'unevaluatedProperties',
];
const MANY = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
/** A schema with more levels than this is one that contains itself. */
export const DEEPEST_SCHEMA = 100;

/**
 * Calls `visit` for the schema and every schema in it.
 *
 * @param visit told the schema, where it is, and how deep in terms of schemas.
 */
export function walkSchema(
	schema: unknown,
	visit: (schema: JsonSchema, path: string, depth: number) => void,
	path = '',
	depth = 0,
): void {
	if (!isObject(schema) || depth > DEEPEST_SCHEMA) return;
	visit(schema, path, depth);
	const into = (value: unknown, ...steps: string[]) =>
		walkSchema(value, visit, [path, ...steps].filter(Boolean).join('.'), depth + 1);
	for (const keyword of ONE) into(schema[keyword], keyword);
	for (const keyword of [...MANY, 'items']) {
		const list = schema[keyword];
		if (Array.isArray(list)) list.forEach((one, index) => into(one, `${keyword}[${index}]`));
	}
	for (const keyword of NAMED) {
		const named = schema[keyword];
		if (isObject(named)) for (const [name, one] of Object.entries(named)) into(one, keyword, name);
	}
}

/** @param ref such as `#/$defs/address`; references to other documents are not followed. */
export function referredTo(ref: string, root: JsonSchema): JsonSchema | undefined {
	if (ref !== '#' && !ref.startsWith('#/')) return undefined;
	let place: unknown = root;
	for (const step of ref.split('/').slice(1)) {
		const name = decoded(step).replace(/~1/g, '/').replace(/~0/g, '~');
		place = isObject(place) && Object.hasOwn(place, name) ? place[name] : undefined;
	}
	return isObject(place) ? place : undefined;
}

/** A % of its own stands for nothing else. */
function decoded(step: string): string {
	try {
		return decodeURIComponent(step);
	} catch {
		return step;
	}
}
