import { Validator, type SchemaDraft, type ValidationResult } from '@cfworker/json-schema';
import type { JsonSchema } from '../core/json';
import { LONE_SURROGATE } from '../core/loneSurrogate';

const MOST_PROBLEMS = 8;

const validators = new WeakMap<JsonSchema, Validator>();

/**
 * A schema is read once, however many replies are checked against it.
 *
 * @throws when the schema cannot be read, such as a URIError for a name that cannot be part of an address.
 */
export function validatorOf(schema: JsonSchema): Validator {
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
		if (error instanceof URIError) return `${what}: the name of a field ${LONE_SURROGATE}`;
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
			causes.map(({ instanceLocation, keyword, error }) =>
				problemText(instanceLocation, keyword, error, what),
			),
		),
	];
	const shown = texts.slice(0, MOST_PROBLEMS).join('; ');
	return texts.length > MOST_PROBLEMS ? `${shown}; and ${texts.length - MOST_PROBLEMS} more` : shown;
}

function problemText(location: string, keyword: string, error: string, whole: string): string {
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
