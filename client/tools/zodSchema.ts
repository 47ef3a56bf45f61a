import * as z from 'zod/v4-mini';
import { isObject, type JsonSchema } from '../core/json';

/**
 * What we read of a schema of Zod 3, whichever copy of Zod it was made with. To be deleted when the oldest n8n we promise
 * makes its tools with Zod 4 (n8n 2.41.1 still has both).
 */
interface Zod3 {
	description?: string;
	isOptional(): boolean;
	_def: {
		typeName: string;
		/** n8n's own, where its schema is code. */
		jsonSchema?: JsonSchema;
		checks?: Array<{ kind: string; value?: number; inclusive?: boolean }>;
		[part: string]: unknown;
	};
}

/** Zod can describe what contains itself, which is cut off here. */
const DEEPEST = 12;

/**
 * The JSON Schema of what a tool takes, which may be given as one already, or as a schema of Zod 3 or 4. Says what
 * helps a model; checks that are code are left to the tool.
 */
export function objectSchema(given: unknown): JsonSchema {
	const schema = jsonSchemaOf(given);
	// OpenAI rejects parameters that are no object, or an object without properties.
	return { type: 'object', properties: {}, ...(isObject(schema) && schema) };
}

function jsonSchemaOf(given: unknown): unknown {
	if (isZod3(given)) return fromZod3(given, 0);
	return isZod4(given) ? fromZod4(given) : given;
}

const isZod3 = (schema: unknown): schema is Zod3 =>
	isObject(schema) && isObject(schema._def) && typeof schema._def.typeName === 'string';
const isZod4 = (schema: unknown): schema is z.ZodMiniType => isObject(schema) && '_zod' in schema;

function fromZod4(schema: z.ZodMiniType): JsonSchema {
	const { $schema, ...json } = z.toJSONSchema(schema, {
		io: 'input',
		unrepresentable: 'any',
		// Descriptions are in a registry that belongs to the copy of Zod; the schema itself knows its own.
		metadata: { get: describedBy } as unknown as typeof z.globalRegistry,
	});
	void $schema;
	return json;
}

function describedBy({ description }: { description?: string }) {
	return description ? { description } : undefined;
}

function fromZod3(schema: Zod3, depth: number): JsonSchema {
	const json = depth > DEEPEST ? {} : (schema._def.jsonSchema ?? zodType(schema, depth + 1));
	return { ...json, ...(schema.description && { description: schema.description }) };
}

function zodType({ _def: def }: Zod3, depth: number): JsonSchema {
	const of = (part: unknown) => fromZod3(part as Zod3, depth);
	const all = (parts: unknown) => [...(parts as Iterable<unknown>)].map(of);
	switch (def.typeName) {
		case 'ZodString':
			return { type: 'string', ...bounds(def.checks, 'minLength', 'maxLength') };
		case 'ZodNumber': {
			const isWhole = def.checks?.some(({ kind }) => kind === 'int');
			return { type: isWhole ? 'integer' : 'number', ...bounds(def.checks, 'minimum', 'maximum') };
		}
		case 'ZodBoolean':
			return { type: 'boolean' };
		case 'ZodNull':
			return { type: 'null' };
		case 'ZodDate':
			return { type: 'string', description: 'Date and time in ISO 8601' };
		case 'ZodLiteral':
			return { enum: [def.value] };
		case 'ZodEnum':
			return { type: 'string', enum: def.values };
		case 'ZodNativeEnum':
			return { enum: enumValues(def.values as Record<string, unknown>) };
		case 'ZodArray':
			return { type: 'array', items: of(def.type) };
		case 'ZodSet':
			return { type: 'array', items: of(def.valueType), uniqueItems: true };
		case 'ZodTuple':
			return { type: 'array', prefixItems: all(def.items) };
		case 'ZodRecord':
			return { type: 'object', additionalProperties: of(def.valueType) };
		case 'ZodObject':
			return objectOf(def, of);
		case 'ZodUnion':
		case 'ZodDiscriminatedUnion':
			return { anyOf: all(def.options) };
		case 'ZodIntersection':
			return { allOf: [of(def.left), of(def.right)] };
		case 'ZodNullable':
			return { anyOf: [of(def.innerType), { type: 'null' }] };
		case 'ZodDefault':
			return { ...of(def.innerType), default: (def.defaultValue as () => unknown)() };
		case 'ZodOptional':
		case 'ZodCatch':
		case 'ZodReadonly':
			return of(def.innerType);
		case 'ZodBranded':
			return of(def.type);
		case 'ZodEffects':
			return of(def.schema);
		case 'ZodPipeline':
			return of(def.in);
		case 'ZodLazy':
			return of((def.getter as () => unknown)());
		default:
			return {};
	}
}

function objectOf(def: Zod3['_def'], of: (part: unknown) => JsonSchema): JsonSchema {
	const fields = Object.entries((def.shape as () => Record<string, Zod3>)());
	const required = fields.filter(([, field]) => !field.isOptional()).map(([name]) => name);
	const { typeName: others } = (def.catchall as Zod3)._def;
	return {
		type: 'object',
		properties: Object.fromEntries(fields.map(([name, field]) => [name, of(field)])),
		...(required.length > 0 && { required }),
		...(others !== 'ZodNever'
			? { additionalProperties: of(def.catchall) }
			: def.unknownKeys === 'strict' && { additionalProperties: false }),
	};
}

function bounds(checks: Zod3['_def']['checks'] = [], least: string, most: string): JsonSchema {
	const json: JsonSchema = {};
	for (const { kind, value, inclusive = true } of checks) {
		if (kind === 'min') json[inclusive ? least : 'exclusiveMinimum'] = value;
		if (kind === 'max') json[inclusive ? most : 'exclusiveMaximum'] = value;
	}
	return json;
}

/** TypeScript's enums of numbers also lead back from value to name. */
function enumValues(values: Record<string, unknown>): unknown[] {
	const names = Object.keys(values).filter((name) => typeof values[String(values[name])] !== 'number');
	return names.map((name) => values[name]);
}
