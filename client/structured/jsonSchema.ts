import { Validator, type SchemaDraft, type ValidationResult } from '@cfworker/json-schema';
import { HALF_CHARACTER } from '../core/halfCharacters';

export type JsonSchema = { [keyword: string]: unknown };

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];
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
/** A schema with more parts than this is one that contains itself. */
const DEEPEST = 100;
const MOST_PROBLEMS = 8;

/** Something wrong with a schema. */
export interface SchemaProblem {
	/** Where, such as `properties.price`; empty for the schema as a whole. */
	path: string;
	/** Continues a sentence that begins with the place. */
	problem: string;
	/** What to do about it. */
	fix: string;
}

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
	if (!isObject(schema) || depth > DEEPEST) return;
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

/** The first thing that makes it no JSON Schema at all; undefined when it is one. */
export function schemaProblem(schema: JsonSchema): SchemaProblem | undefined {
	let found: SchemaProblem | undefined;
	walkSchema(schema, (one, path, depth) => {
		const problem = depth === DEEPEST ? 'is nested too deeply' : keywordProblem(one, schema);
		if (problem) found ??= { path, problem, fix: 'Correct it, or define the schema by an example instead' };
	});
	return found ?? readingProblem(schema);
}

/** What only shows when the validator reads the schema, which makes addresses of names and of "$id". */
function readingProblem(schema: JsonSchema): SchemaProblem | undefined {
	try {
		validatorOf(schema);
		return undefined;
	} catch (error) {
		return error instanceof URIError
			? { path: '', problem: `has a name that ${HALF_CHARACTER}`, fix: 'Correct that name' }
			: {
					path: '',
					problem: `cannot be read: ${(error as Error).message}`,
					fix: 'Correct or remove its "$id"',
				};
	}
}

function keywordProblem(schema: JsonSchema, root: JsonSchema): string | undefined {
	const { type, properties, required, items, enum: values, pattern, $ref } = schema;
	const types = Array.isArray(type) ? (type as unknown[]) : type === undefined ? [] : [type];
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

/** A schema that only refers to itself says nothing, and whoever follows it never ends. */
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

/** A schema is read once, however many replies are checked against it. */
const validators = new WeakMap<JsonSchema, Validator>();

function validatorOf(schema: JsonSchema): Validator {
	let validator = validators.get(schema);
	if (!validator) {
		// The validator leaves marks in what it is given.
		validator = new Validator(structuredClone(schema), draftOf(schema), false);
		validators.set(schema, validator);
	}
	return validator;
}

/**
 * Checks a value against a schema that `schemaProblem` finds nothing wrong with.
 *
 * @param what the value is, for what is wrong with it as a whole.
 * @returns what is wrong, in words that a model understands; undefined when nothing is.
 */
export function mismatch(value: unknown, schema: JsonSchema, what = 'the reply'): string | undefined {
	let checked: ValidationResult;
	try {
		checked = validatorOf(schema).validate(value);
	} catch (error) {
		// The validator makes addresses of the names in a value, too.
		if (error instanceof URIError) return `${what}: the name of a field ${HALF_CHARACTER}`;
		throw error;
	}
	const { valid, errors } = checked;
	if (valid) return undefined;
	const causes = errors.filter(
		({ instanceLocation }, index) =>
			// What is said of a place is the consequence of what follows about a place in it.
			!errors[index + 1]?.instanceLocation.startsWith(`${instanceLocation}/`),
	);
	const texts = [
		...new Set(
			causes.map(({ instanceLocation, keyword, error }) => inWords(instanceLocation, keyword, error, what)),
		),
	];
	const shown = texts.slice(0, MOST_PROBLEMS).join('; ');
	return texts.length > MOST_PROBLEMS ? `${shown}; and ${texts.length - MOST_PROBLEMS} more` : shown;
}

function inWords(location: string, keyword: string, error: string, whole: string): string {
	const place = location.replace(/^#\/?/, '').replaceAll('/', '.') || whole;
	if (keyword === 'false') return `${place}: there must be no such field`;
	return `${place}: ${error
		.replace(/\.$/, '')
		.replace(/^Instance/, 'the value')
		.replace(/^the value does not have required/, 'lacks the required')}`;
}

function draftOf({ $schema }: JsonSchema): SchemaDraft {
	const named = typeof $schema === 'string' ? $schema : '';
	if (named.includes('draft-04')) return '4';
	if (/draft-0[67]/.test(named)) return '7';
	return named.includes('2019-09') ? '2019-09' : '2020-12';
}

const isSchema = (value: unknown) => isObject(value) || typeof value === 'boolean';

/** Whether a value is what JSON calls an object: no list, and not null. */
export function isObject(value: unknown): value is { [key: string]: unknown } {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
