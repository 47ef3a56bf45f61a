import { DynamicTool } from '@langchain/core/tools';
import * as z3 from 'zod/v3';
import * as z4 from 'zod/v4';
import { mismatch, schemaProblem, type JsonSchema } from '../../../client/structured/jsonSchema';
import { objectSchema } from '../../../client/tools/zodSchema';

enum Size {
	Small,
	Large = 'L',
}
interface Tree {
	children: Tree[];
}
const tree: z3.ZodType<Tree> = z3.lazy(() => z3.object({ children: z3.array(tree) }));

/** Schemas of Zod 3, what they take, and what they do not, as the first judge of which is Zod itself. */
const CASES: Array<[string, z3.ZodTypeAny, unknown[], unknown[]]> = [
	['string', z3.string().min(2).max(4), ['abc'], ['a', 'abcde', 1]],
	['number', z3.number().gt(1).max(3), [2.5], [1, 4, '2']],
	['whole number', z3.number().int(), [1], [1.5]],
	['boolean', z3.boolean(), [true], ['true']],
	['null', z3.null(), [null], [0]],
	['literal', z3.literal('x'), ['x'], ['y']],
	['enum', z3.enum(['a', 'b']), ['a'], ['c']],
	['native enum', z3.nativeEnum(Size), [0, 'L'], ['Small', 1]],
	['array', z3.array(z3.string()), [['a']], [[1], 'a']],
	['tuple', z3.tuple([z3.string(), z3.number()]), [['a', 1]], [[1, 'a']]],
	['record', z3.record(z3.number()), [{ a: 1 }], [{ a: 'b' }]],
	['object', z3.object({ a: z3.string().optional(), b: z3.number() }), [{ b: 1 }], [{ a: 'x' }]],
	['strict object', z3.object({ a: z3.string() }).strict(), [{ a: 'x' }], [{ a: 'x', b: 1 }]],
	['open object', z3.object({}).catchall(z3.number()), [{ b: 1 }], [{ b: 'x' }]],
	['union', z3.union([z3.string(), z3.number()]), ['a', 1], [true]],
	[
		'discriminated union',
		z3.discriminatedUnion('k', [z3.object({ k: z3.literal('a') }), z3.object({ k: z3.literal('b') })]),
		[{ k: 'a' }],
		[{ k: 'c' }],
	],
	[
		'intersection',
		z3.intersection(z3.object({ a: z3.string() }), z3.object({ b: z3.string() })),
		[{ a: 'x', b: 'y' }],
		[{ a: 'x' }],
	],
	['nullable', z3.string().nullable(), [null, 'a'], [1]],
	['branded, read only, refined', z3.string().brand('x').readonly(), ['a'], [1]],
	['transformed', z3.string().transform(Number), ['1'], [1]],
	['piped', z3.string().pipe(z3.string()), ['1'], [1]],
	['containing itself', tree, [{ children: [{ children: [] }] }], [{ children: [{}] }]],
	['anything', z3.any(), [1, 'a', { b: 1 }], []],
];

test.each(CASES)('of Zod 3, %s: takes what Zod takes, and refuses what it refuses', (_, zod, good, bad) => {
	const root = objectSchema(z3.object({ value: zod }));
	expect(schemaProblem(root)).toBeUndefined();
	for (const value of good) {
		expect(zod.safeParse(value).success).toBe(true);
		expect(mismatch({ value }, root)).toBeUndefined();
	}
	for (const value of bad) {
		expect(zod.safeParse(value).success).toBe(false);
		expect(mismatch({ value }, root)).toBeDefined();
	}
});

test('descriptions and defaults are kept, wherever Zod puts them', () => {
	const schema = z3.object({
		a: z3.string().describe('First').optional(),
		b: z3.number().default(3).describe('Second'),
	});
	expect(objectSchema(schema)).toEqual({
		type: 'object',
		properties: {
			a: { type: 'string', description: 'First' },
			b: { type: 'number', default: 3, description: 'Second' },
		},
	});
});

test("n8n's own schema wins where Zod's is code", () => {
	const code = z3.custom(() => true);
	(code._def as { jsonSchema?: JsonSchema }).jsonSchema = { type: 'array', minItems: 1 };
	expect(objectSchema(z3.object({ a: code.describe('A list') })).properties).toEqual({
		a: { type: 'array', minItems: 1, description: 'A list' },
	});
});

test("of LangChain's simple tools", () => {
	const { schema } = new DynamicTool({ name: 'a', description: '', func: () => Promise.resolve('') });
	expect(objectSchema(schema)).toEqual({ type: 'object', properties: { input: { type: 'string' } } });
});

test('of Zod 4, with the descriptions of another copy', () => {
	const schema = z4.object({ a: z4.string().optional().describe('First'), b: z4.number().default(3) });
	// A copy keeps descriptions in a registry of its own.
	const texts = new Map(Object.values(schema.shape).map((field) => [field, field.description]));
	z4.globalRegistry.clear();
	for (const [field, text] of texts) Object.defineProperty(field, 'description', { value: text });
	expect(objectSchema(schema)).toEqual({
		type: 'object',
		properties: { a: { type: 'string', description: 'First' }, b: { type: 'number', default: 3 } },
	});
});

test.each([
	['JSON Schema', { type: 'object', properties: { a: { type: 'string' } } }],
	['JSON Schema with nothing in it', { type: 'object' }],
	['nothing', undefined],
])('%s becomes an object with properties', (_, given) => {
	expect(objectSchema(given)).toEqual({ type: 'object', properties: {}, ...given });
});
