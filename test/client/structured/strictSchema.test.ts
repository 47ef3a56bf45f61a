import fc from 'fast-check';
import type { JsonSchema } from '../../../client/core/json';
import { mismatch } from '../../../client/structured/mismatch';
import { schemaFromExample, UnclearExample } from '../../../client/structured/schemaFromExample';
import { schemaProblem } from '../../../client/structured/schemaProblem';
import { strictProblems } from '../../../client/structured/strictSchema';

const object = (properties: object, more: object = {}): JsonSchema => ({
	type: 'object',
	properties,
	required: Object.keys(properties),
	additionalProperties: false,
	...more,
});
const text = { type: 'string' };

describe('the strict subset', () => {
	test.each<[string, JsonSchema]>([
		['fields', object({ a: text, b: { type: ['number', 'null'] } })],
		['objects in lists', object({ a: { type: 'array', items: object({ b: text }) } })],
		['choices', object({ a: { anyOf: [text, object({ b: text })] } })],
		['a tree', object({ child: { anyOf: [{ $ref: '#' }, { type: 'null' }] } })],
		[
			'rules for values',
			object({ a: { type: 'string', format: 'date', pattern: '^2' }, b: { type: 'number', minimum: 0 } }),
		],
		['a field named like a keyword', object({ not: text, allOf: text })],
		['definitions', object({ a: { $ref: '#/$defs/b' } }, { $defs: { b: object({ c: text }) } })],
	])('the strict subset allows %s', (_name, schema) => {
		expect(schemaProblem(schema)).toBeUndefined();
		expect(strictProblems(schema)).toEqual([]);
	});

	test.each<{ schema: JsonSchema; path: string; problem: string; fix: string | RegExp }>([
		{ schema: { type: 'array', items: text }, path: '', problem: 'must be an object', fix: /^Make it/ },
		{
			schema: object({}, { anyOf: [object({})] }),
			path: '',
			problem: 'must not be a choice ("anyOf")',
			fix: 'Put the choice into a property',
		},
		{
			schema: object({ a: text }, { additionalProperties: undefined }),
			path: '',
			problem: 'allows further fields',
			fix: 'Add "additionalProperties": false to this object',
		},
		{
			schema: object({ a: object({ b: text, c: text }, { required: ['b'] }) }),
			path: 'properties.a',
			problem: 'has fields that are not required: "c"',
			fix: 'Add "c" to "required"; for a field that may be missing, allow null: "type": ["string", "null"]',
		},
		{
			schema: object({ a: text }, { required: ['a', 'b'] }),
			path: '',
			problem: 'requires "b", which it does not describe',
			fix: /properties/,
		},
		{
			schema: object({ a: { type: 'array', items: { oneOf: [text] } } }),
			path: 'properties.a.items',
			problem: 'uses "oneOf", which a strict schema may not',
			fix: 'Use "anyOf" instead',
		},
		{
			schema: object({ a: { type: 'array', items: text, uniqueItems: true } }),
			path: 'properties.a',
			problem: 'uses "uniqueItems", which a strict schema may not',
			fix: 'Remove "uniqueItems"',
		},
		{
			schema: object({ a: { type: 'array' } }),
			path: 'properties.a',
			problem: 'is a list without "items"',
			fix: /what its entries are/,
		},
	])('strictProblems tells that a schema $problem', ({ schema, path, problem, fix }) => {
		expect(strictProblems(schema)[0]).toEqual({
			path,
			messageFragment: problem,
			fix: typeof fix === 'string' ? fix : expect.stringMatching(fix),
		});
	});

	const nested = (levels: number): JsonSchema =>
		levels === 1 ? object({ a: text }) : object({ a: nested(levels - 1) });
	const wide = (fields: number) =>
		object(Object.fromEntries(Array.from({ length: fields }, (_, index) => [`f${index}`, text])));
	const values = (count: number, length: number) => ({
		type: 'string',
		enum: Array.from({ length: count }, (_, index) => String(index).padEnd(length, 'x')),
	});

	test.each<{ name: string; allowed: JsonSchema; excessive: JsonSchema; problem: string }>([
		{
			name: 'levels',
			allowed: nested(10),
			excessive: nested(11),
			problem: 'has 11 levels of objects and lists within each other, of which 10 are allowed',
		},
		{
			name: 'fields',
			allowed: wide(5000),
			excessive: wide(5001),
			problem: 'has 5001 fields, of which 5000 are allowed',
		},
		{
			name: 'values',
			allowed: object({ a: values(1000, 5) }),
			excessive: object({ a: values(1001, 5) }),
			problem: 'has 1001 values to choose from, of which 1000 are allowed',
		},
		{
			name: 'a long list of values',
			allowed: object({ a: values(250, 100) }),
			excessive: object({ a: values(251, 100) }),
			problem: 'has 251 values with 25100 characters, of which 15000 are allowed',
		},
		{
			name: 'characters',
			allowed: object({ a: values(100, 1199) }),
			excessive: object({ a: values(100, 1201) }),
			problem: 'has 120101 characters in its names and values, of which 120000 are allowed',
		},
	])('the strict subset limits $name', ({ allowed, excessive, problem }) => {
		expect(strictProblems(allowed)).toEqual([]);
		expect(strictProblems(excessive).map((one) => one.messageFragment)).toEqual([problem]);
	});
});

test.each<[JsonSchema, string]>([
	[{ type: 'text' }, 'has the type "text", which is none of array, boolean'],
	[{ type: null }, 'has the type null, which is none of array, boolean'],
	[{ properties: ['a'] }, 'has properties that are no object'],
	[{ properties: { a: 'string' } }, 'has a property "a" that is no schema, such as {"type": "string"}'],
	[{ required: true }, 'has a "required" that is no list of names'],
	[{ items: 'string' }, 'has "items" that are no schema'],
	[{ enum: [] }, 'has an "enum" that is no list of values'],
	[{ anyOf: {} }, 'has "anyOf" that is no list of schemas'],
	[{ pattern: '(' }, 'has a "pattern" that is no regular expression'],
	[{ $ref: '#/$defs/none' }, 'has the "$ref" "#/$defs/none", which leads nowhere in this schema'],
	[{ $ref: 'https://example.com/schema' }, 'which leads nowhere in this schema'],
	[{ $ref: '#/$defs/100%' }, 'has the "$ref" "#/$defs/100%", which leads nowhere in this schema'],
	[{ $id: 'http://[' }, 'cannot be read: Invalid URL'],
	[{ properties: { 'a\ud83d': {} } }, 'has a name that holds half a character'],
	[{ $ref: '#' }, 'has a "$ref" that leads back to itself'],
])('%j is no JSON Schema', (schema, problem) => {
	expect(schemaProblem(object({ here: { ...schema } }))?.path ?? '').toMatch(/here|^$/);
	expect(schemaProblem(schema)?.messageFragment).toContain(problem);
});

test('what is wrong with a value is said place by place, without its consequences', () => {
	const schema = object({
		a: text,
		b: { type: 'array', items: object({ c: { enum: ['x', 'y'] } }) },
		d: text,
	});
	expect(mismatch({ a: 1, b: [{ c: 'z', e: 1 }], f: 2 }, schema)).toBe(
		'the reply: lacks the required property "d"; a: the value type "number" is invalid. Expected "string"; ' +
			'b.0.c: the value does not match any of ["x","y"]; b.0.e: there must be no such field; f: there must be no such field',
	);
	expect(mismatch({ a: '', b: [], d: '' }, schema)).toBeUndefined();
});

test('a value with a name that was cut within an emoji is not as the schema says', () => {
	expect(mismatch({ a: '', 'b\ud83d': '' }, object({ a: text }))).toBe(
		'the reply: the name of a field holds half a character, as when a text is cut within an emoji',
	);
});

test('mismatch names the first of many mistakes, and counts the others', () => {
	const schema: JsonSchema = { type: 'array', items: text };
	expect(
		mismatch(
			Array.from({ length: 20 }, () => 1),
			schema,
		),
	).toMatch(/; and 12 more$/);
});

describe('a schema from an example', () => {
	test('a schema from an example has the same fields with the same kinds of values', () => {
		expect(schemaFromExample({ name: 'Ada', age: 36, isMember: true, note: null, tags: ['a'] })).toEqual(
			object({
				name: text,
				age: { type: 'number' },
				isMember: { type: 'boolean' },
				note: { type: ['string', 'number', 'boolean', 'null'] },
				tags: { type: 'array', items: text },
			}),
		);
	});

	test('a field that only some objects of an example list have may be null', () => {
		const schema = schemaFromExample({ items: [{ a: 1, b: 'x' }, { a: null }, { a: 2, c: [1] }] });
		expect(schema.properties).toEqual({
			items: {
				type: 'array',
				items: object({
					a: { anyOf: [{ type: 'number' }, { type: 'null' }] },
					b: { type: ['string', 'null'] },
					c: { type: ['array', 'null'], items: { type: 'number' } },
				}),
			},
		});
	});

	test.each<[object, string, string]>([
		[{}, '', 'is an empty object'],
		[{ tags: [] }, 'tags', 'is an empty list'],
		[{ a: [{ b: {} }] }, 'a[0].b', 'is an empty object'],
	])('a schema from an example needs more than %j', (example, path, problem) => {
		expect(() => schemaFromExample(example)).toThrow(UnclearExample);
		expect(() => schemaFromExample(example)).toThrow(`${path} ${problem}`);
	});

	test('a schema from an example is strict and fits the example, whatever that is', () => {
		const name = fc.constantFrom('a', 'b', 'c', 'd');
		const { value } = fc.letrec((tie) => ({
			value: fc.oneof(
				{ depthSize: 'small', maxDepth: 3 },
				fc.constantFrom(null, true, 1, 1.5, 'x'),
				fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
				fc.dictionary(name, tie('value'), { minKeys: 1 }),
			),
		}));
		fc.assert(
			fc.property(fc.dictionary(name, value, { minKeys: 1 }), (example) => {
				const schema = schemaFromExample(example);
				expect(schemaProblem(schema)).toBeUndefined();
				expect(strictProblems(schema)).toEqual([]);
				const missing = mismatch(example, schema);
				// Fields that only some objects have are to be null in the others.
				if (missing) expect(missing).toMatch(/lacks the required|does not match any subschemas/);
			}),
		);
	});
});
