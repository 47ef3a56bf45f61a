import { isObject, type JsonSchema } from '../core/json';
import type { SchemaProblem } from './schemaProblem';
import { referredTo, walkSchema } from './walkSchema';

/**
 * What OpenAI does not take in a strict schema (openai 7.55, `lib/transform.ts`; the documentation of structured outputs).
 */
const UNSUPPORTED = new Set([
	'allOf',
	'oneOf',
	'not',
	'if',
	'then',
	'else',
	'contains',
	'minContains',
	'maxContains',
	'minProperties',
	'maxProperties',
	'patternProperties',
	'propertyNames',
	'dependencies',
	'dependentRequired',
	'dependentSchemas',
	'prefixItems',
	'additionalItems',
	'unevaluatedItems',
	'unevaluatedProperties',
	'uniqueItems',
	'contentEncoding',
	'contentMediaType',
	'contentSchema',
	'$anchor',
	'$dynamicRef',
	'$dynamicAnchor',
]);
const INSTEAD: Record<string, string> = {
	oneOf: 'Use "anyOf" instead',
	allOf: 'Put its parts together into one schema',
	prefixItems: 'Use an object with a field for each entry',
	patternProperties: 'Use a list of objects with a name and a value',
};

const LIMITS = {
	depth: 10,
	properties: 5000,
	enumValues: 1000,
	characters: 120_000,
	longEnum: 250,
	longEnumCharacters: 15_000,
};

/** What keeps a schema from being strict, the first first; empty when nothing does. */
export function strictProblems(schema: JsonSchema): SchemaProblem[] {
	const problems: SchemaProblem[] = [];
	if (schema.type !== 'object') {
		const fix =
			'Make it {"type": "object", "properties": {…}}, and put what you have into one of its properties';
		problems.push({ path: '', messageFragment: 'must be an object', fix });
	} else if (schema.anyOf !== undefined) {
		problems.push({
			path: '',
			messageFragment: 'must not be a choice ("anyOf")',
			fix: 'Put the choice into a property',
		});
	}
	walkSchema(schema, (one, path) => problems.push(...problemsOf(one, path)));
	return [...problems, ...limitProblems(schema)];
}

function problemsOf(schema: JsonSchema, path: string): SchemaProblem[] {
	const problems: SchemaProblem[] = [];
	const add = (messageFragment: string, fix: string) => problems.push({ path, messageFragment, fix });
	for (const keyword of Object.keys(schema)) {
		if (!UNSUPPORTED.has(keyword)) continue;
		add(`uses "${keyword}", which a strict schema may not`, INSTEAD[keyword] ?? `Remove "${keyword}"`);
	}
	if (isOf('object', schema)) {
		if (schema.additionalProperties !== false) {
			add('allows further fields', 'Add "additionalProperties": false to this object');
		}
		const names = Object.keys(isObject(schema.properties) ? schema.properties : {});
		const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : [];
		const optional = names.filter((name) => !required.includes(name));
		if (optional.length > 0) {
			const listed = optional.map((name) => `"${name}"`).join(', ');
			add(
				`has fields that are not required: ${listed}`,
				`Add ${listed} to "required"; for a field that may be missing, allow null: "type": ["string", "null"]`,
			);
		}
		const unknown = required.filter((name) => !names.includes(name as string));
		if (unknown.length > 0) {
			add(`requires "${unknown.join('", "')}", which it does not describe`, 'Add it to "properties"');
		}
	}
	if (isOf('array', schema) && !isObject(schema.items)) {
		add('is a list without "items"', 'Say what its entries are: "items": {"type": "string"}');
	}
	return problems;
}

function isOf(type: string, schema: JsonSchema): boolean {
	return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type;
}

function limitProblems(schema: JsonSchema): SchemaProblem[] {
	let properties = 0;
	let enumValues = 0;
	let characters = 0;
	const problems: SchemaProblem[] = [];
	const add = (path: string, messageFragment: string, fix: string) =>
		problems.push({ path, messageFragment, fix });
	walkSchema(schema, (one, path) => {
		const names = Object.keys(isObject(one.properties) ? one.properties : {});
		const defined = ['$defs', 'definitions'].flatMap((key) =>
			isObject(one[key]) ? Object.keys(one[key]) : [],
		);
		const constant = 'const' in one ? [one.const] : [];
		const values = Array.isArray(one.enum) ? (one.enum as unknown[]) : constant;
		const length = values.reduce<number>((sum, value) => sum + textLength(value), 0);
		properties += names.length;
		enumValues += Array.isArray(one.enum) ? values.length : 0;
		characters += [...names, ...defined].join('').length + length;
		if (values.length > LIMITS.longEnum && length > LIMITS.longEnumCharacters) {
			add(
				path,
				`has ${values.length} values with ${length} characters, of which ${LIMITS.longEnumCharacters} are allowed`,
				'Shorten them',
			);
		}
	});
	const most = (count: number, limit: number, what: string) => {
		if (count > limit)
			add(
				'',
				`has ${count} ${what}, of which ${limit} are allowed`,
				'Ask for less at a time, in several nodes',
			);
	};
	most(levels(schema, schema), LIMITS.depth, 'levels of objects and lists within each other');
	most(properties, LIMITS.properties, 'fields');
	most(enumValues, LIMITS.enumValues, 'values to choose from');
	most(characters, LIMITS.characters, 'characters in its names and values');
	return problems;
}

/** How many objects and lists stand in each other, references followed but those to what they stand in. */
function levels(schema: unknown, root: JsonSchema, within: readonly JsonSchema[] = []): number {
	if (!isObject(schema) || within.includes(schema)) return 0;
	const inside = [...within, schema];
	if (typeof schema.$ref === 'string') return levels(referredTo(schema.$ref, root), root, inside);
	const own = isOf('object', schema) || isOf('array', schema) ? 1 : 0;
	const parts = [
		...Object.values(isObject(schema.properties) ? schema.properties : {}),
		...(Array.isArray(schema.anyOf) ? (schema.anyOf as unknown[]) : []),
		schema.items,
	];
	// Far enough to know that it is too much.
	if (inside.length > 4 * LIMITS.depth) return own;
	return own + Math.max(0, ...parts.map((part) => levels(part, root, inside)));
}

function textLength(value: unknown): number {
	return typeof value === 'string' ? value.length : (JSON.stringify(value)?.length ?? 0);
}
