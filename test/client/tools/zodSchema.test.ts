import { DynamicTool } from '@langchain/core/tools';
import * as z3 from 'zod/v3';
import * as z4 from 'zod/v4';
import type { JsonSchema } from '../../../client/core/json';
import { mismatch } from '../../../client/structured/mismatch';
import { schemaProblem } from '../../../client/structured/schemaProblem';
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
const CASES: Array<{ name: string; zod: z3.ZodTypeAny; good: unknown[]; bad: unknown[] }> = [
	{ name: 'string', zod: z3.string().min(2).max(4), good: ['abc'], bad: ['a', 'abcde', 1] },
	{ name: 'number', zod: z3.number().gt(1).max(3), good: [2.5], bad: [1, 4, '2'] },
	{ name: 'whole number', zod: z3.number().int(), good: [1], bad: [1.5] },
	{ name: 'boolean', zod: z3.boolean(), good: [true], bad: ['true'] },
	{ name: 'null', zod: z3.null(), good: [null], bad: [0] },
	{ name: 'literal', zod: z3.literal('x'), good: ['x'], bad: ['y'] },
	{ name: 'enum', zod: z3.enum(['a', 'b']), good: ['a'], bad: ['c'] },
	{ name: 'native enum', zod: z3.nativeEnum(Size), good: [0, 'L'], bad: ['Small', 1] },
	{ name: 'array', zod: z3.array(z3.string()), good: [['a']], bad: [[1], 'a'] },
	{ name: 'tuple', zod: z3.tuple([z3.string(), z3.number()]), good: [['a', 1]], bad: [[1, 'a']] },
	{ name: 'record', zod: z3.record(z3.number()), good: [{ a: 1 }], bad: [{ a: 'b' }] },
	{
		name: 'object',
		zod: z3.object({ a: z3.string().optional(), b: z3.number() }),
		good: [{ b: 1 }],
		bad: [{ a: 'x' }],
	},
	{
		name: 'strict object',
		zod: z3.object({ a: z3.string() }).strict(),
		good: [{ a: 'x' }],
		bad: [{ a: 'x', b: 1 }],
	},
	{ name: 'open object', zod: z3.object({}).catchall(z3.number()), good: [{ b: 1 }], bad: [{ b: 'x' }] },
	{ name: 'union', zod: z3.union([z3.string(), z3.number()]), good: ['a', 1], bad: [true] },
	{
		name: 'discriminated union',
		zod: z3.discriminatedUnion('k', [z3.object({ k: z3.literal('a') }), z3.object({ k: z3.literal('b') })]),
		good: [{ k: 'a' }],
		bad: [{ k: 'c' }],
	},
	{
		name: 'intersection',
		zod: z3.intersection(z3.object({ a: z3.string() }), z3.object({ b: z3.string() })),
		good: [{ a: 'x', b: 'y' }],
		bad: [{ a: 'x' }],
	},
	{ name: 'nullable', zod: z3.string().nullable(), good: [null, 'a'], bad: [1] },
	{ name: 'branded, read only, refined', zod: z3.string().brand('x').readonly(), good: ['a'], bad: [1] },
	{ name: 'transformed', zod: z3.string().transform(Number), good: ['1'], bad: [1] },
	{ name: 'piped', zod: z3.string().pipe(z3.string()), good: ['1'], bad: [1] },
	{
		name: 'containing itself',
		zod: tree,
		good: [{ children: [{ children: [] }] }],
		bad: [{ children: [{}] }],
	},
	{ name: 'anything', zod: z3.any(), good: [1, 'a', { b: 1 }], bad: [] },
];

test.each(CASES)('a schema of Zod 3 takes and rejects what Zod does: $name', ({ zod, good, bad }) => {
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

test('descriptions and defaults of Zod 3 are kept, wherever Zod puts them', () => {
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

test("the schema of LangChain's simple tools takes one text", () => {
	const { schema } = new DynamicTool({ name: 'a', description: '', func: () => Promise.resolve('') });
	expect(objectSchema(schema)).toEqual({ type: 'object', properties: { input: { type: 'string' } } });
});

test('a schema of Zod 4 keeps the descriptions of another copy', () => {
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
