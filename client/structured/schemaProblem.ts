import { isObject, type JsonSchema } from '../core/json';
import { LONE_SURROGATE } from '../core/loneSurrogate';
import { validatorOf } from './mismatch';
import { DEEPEST_SCHEMA, referredTo, walkSchema } from './walkSchema';

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Something wrong with a schema. */
export interface SchemaProblem {
	/** Where, such as `properties.price`; empty for the schema as a whole. */
	path: string;
	/** What is wrong, as the end of a sentence that begins with the place. */
	messageFragment: string;
	/** What to do about it. */
	fix: string;
}

/** The first thing that makes it no JSON Schema at all; undefined when it is one. */
export function schemaProblem(schema: JsonSchema): SchemaProblem | undefined {
	let found: SchemaProblem | undefined;
	walkSchema(schema, (one, path, depth) => {
		const problem = depth === DEEPEST_SCHEMA ? 'is nested too deeply' : keywordProblem(one, schema);
		if (problem)
			found ??= {
				path,
				messageFragment: problem,
				fix: 'Correct it, or define the schema by an example instead',
			};
	});
	return found ?? readingProblem(schema);
}

/** A problem that shows only when the validator reads the schema, since it makes addresses of names and of "$id". */
function readingProblem(schema: JsonSchema): SchemaProblem | undefined {
	try {
		validatorOf(schema);
		return undefined;
	} catch (error) {
		return error instanceof URIError
			? { path: '', messageFragment: `has a name that ${LONE_SURROGATE}`, fix: 'Correct that name' }
			: {
					path: '',
					messageFragment: `cannot be read: ${(error as Error).message}`,
					fix: 'Correct or remove its "$id"',
				};
	}
}

function keywordProblem(schema: JsonSchema, root: JsonSchema): string | undefined {
	const { type, properties, required, items, enum: values, pattern, $ref } = schema;
	const types: unknown[] = type === undefined ? [] : [type].flat();
	const unknown = types.find((one) => !TYPES.includes(one as string));
	if (unknown !== undefined)
		return `has the type ${JSON.stringify(unknown)}, which is none of ${TYPES.join(', ')}`;
	if (properties !== undefined && !isObject(properties)) return 'has properties that are no object';
	for (const [name, one] of Object.entries(properties ?? {})) {
		if (!isSchema(one)) return `has a property "${name}" that is no schema, such as {"type": "string"}`;
	}
	if (
		required !== undefined &&
		!(Array.isArray(required) && required.every((name) => typeof name === 'string'))
	) {
		return 'has a "required" that is no list of names';
	}
	if (items !== undefined && !isSchema(items) && !Array.isArray(items))
		return 'has "items" that are no schema';
	if (values !== undefined && !(Array.isArray(values) && values.length > 0))
		return 'has an "enum" that is no list of values';
	for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
		const list = schema[keyword];
		if (list !== undefined && !(Array.isArray(list) && list.length > 0 && list.every(isSchema))) {
			return `has "${keyword}" that is no list of schemas`;
		}
	}
	if (pattern !== undefined && !isPattern(pattern)) return 'has a "pattern" that is no regular expression';
	if ($ref !== undefined) return referenceProblem($ref, root);
	return undefined;
}

function isPattern(pattern: unknown): boolean {
	try {
		// As the validator reads it.
		return typeof pattern === 'string' && !!new RegExp(pattern, 'u');
	} catch {
		return false;
	}
}

/** A schema that only refers to itself says nothing, and following it never ends. */
function referenceProblem(given: unknown, root: JsonSchema): string | undefined {
	const seen = new Set<unknown>();
	for (let ref = given; ref !== undefined;) {
		if (seen.has(ref)) return 'has a "$ref" that leads back to itself';
		seen.add(ref);
		const target = typeof ref === 'string' ? referredTo(ref, root) : undefined;
		if (!target) return `has the "$ref" ${JSON.stringify(given)}, which leads nowhere in this schema`;
		ref = target.$ref;
	}
	return undefined;
}

const isSchema = (value: unknown) => isObject(value) || typeof value === 'boolean';
