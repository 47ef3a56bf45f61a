import { isObject, type JsonSchema } from '../core/json';
import { LONE_SURROGATE } from '../core/loneSurrogate';
import { nullable, strictObject } from './schemaBuilders';

/** An example that does not say enough, or that no schema can be made of. */
export class UnclearExample extends Error {
	constructor(
		/** Where, such as `order.tags`. */
		readonly path: string,
		/** What is wrong, as the end of a sentence that begins with the place. */
		readonly messageFragment: string,
		readonly fix: string,
	) {
		super(`${path} ${messageFragment}`);
		this.name = 'UnclearExample';
	}
}

/**
 * The schema of everything that looks like an example: the same fields, with values of the same kind. It is in the
 * subset that OpenAI calls strict.
 *
 * @throws {UnclearExample} when a list or an object in it is empty, or a name cannot be used.
 */
export function schemaFromExample(example: object): JsonSchema {
	return schemaOfAll([example], '');
}

/** The schema that fits all of several examples. */
function schemaOfAll(examples: unknown[], path: string): JsonSchema {
	const kinds = new Map<string, unknown[]>();
	for (const example of examples) {
		const kind = jsonTypeOf(example);
		kinds.set(kind, [...(kinds.get(kind) ?? []), example]);
	}
	// Null alone says that there may be nothing, but not what else there may be.
	if (kinds.size === 1 && kinds.has('null')) return { type: ['string', 'number', 'boolean', 'null'] };
	const schemas = [...kinds].map(([kind, values]) => schemaOfType(kind, values, path));
	return schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
}

function schemaOfType(kind: string, examples: unknown[], path: string): JsonSchema {
	if (kind === 'array') {
		const entries = (examples as unknown[][]).flat();
		if (entries.length === 0) {
			throw new UnclearExample(
				path,
				'is an empty list',
				'Put an entry into it that shows what its entries look like',
			);
		}
		return { type: 'array', items: schemaOfAll(entries, `${path}[0]`) };
	}
	// 3 may be 3.5 the next time.
	return kind === 'object'
		? schemaOfObjects(examples as Array<Record<string, unknown>>, path)
		: { type: kind };
}

function schemaOfObjects(examples: Array<Record<string, unknown>>, path: string): JsonSchema {
	const names = [...new Set(examples.flatMap((example) => Object.keys(example)))];
	if (names.length === 0) {
		throw new UnclearExample(path, 'is an empty object', 'Put a field into it that shows what it holds');
	}
	if (names.some((name) => !name.isWellFormed())) {
		throw new UnclearExample(path, `has a field whose name ${LONE_SURROGATE}`, 'Correct that name');
	}
	const properties = names.map((name) => {
		const given = examples.filter((example) => Object.hasOwn(example, name)).map((example) => example[name]);
		const isOptional = given.length < examples.length;
		const schema = schemaOfAll(given, path ? `${path}.${name}` : name);
		return [name, isOptional ? nullable(schema) : schema] as const;
	});
	return strictObject(properties, names);
}

function jsonTypeOf(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	return isObject(value) ? 'object' : typeof value;
}
