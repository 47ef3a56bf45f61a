import fc from 'fast-check';
import { readJsonReply } from '../../../client/structured/jsonReply';
import { BROKEN_JSON, type Breakage } from '../../support/faultServer';

const GOOD = { name: 'Ada Example', age: 36, member: true, note: null };

test.each<[Breakage, string | undefined]>([
	['fenced', 'extracted'],
	['with words around it', 'extracted'],
	['single-quoted', 'mended'],
	['with a trailing comma', 'mended'],
	['with bare keys', 'mended'],
	['in the manner of Python', 'mended'],
])('JSON %s is read, and what was done to it is told', (breakage, repair) => {
	expect(readJsonReply(BROKEN_JSON[breakage](GOOD))).toEqual({ value: GOOD, repair });
});

test.each<{ name: string; text: string; value: unknown; repair: string | undefined }>([
	{ name: 'an object', text: '{"a":1}', value: { a: 1 }, repair: undefined },
	{ name: 'white space around it', text: '\n {"a":1}\n', value: { a: 1 }, repair: undefined },
	{ name: 'a list', text: '[1]', value: [1], repair: undefined },
	{ name: 'a number, which is JSON as well', text: '4', value: 4, repair: undefined },
	{ name: 'a fence without a language', text: '```\n{"a":1}\n```', value: { a: 1 }, repair: 'extracted' },
	{ name: 'a fence that is never closed', text: '```json\n{"a":1}', value: { a: 1 }, repair: 'extracted' },
	{
		name: 'a fence after words',
		text: 'Sure!\n```json\n{"a":1}\n```\nDone.',
		value: { a: 1 },
		repair: 'extracted',
	},
	{
		name: 'the same in two fences',
		text: '```json\n{"a":1}\n```\n```\n{"a": 1}\n```',
		value: { a: 1 },
		repair: 'extracted',
	},
	{
		name: 'fences within a text',
		text: '{"a":"```js\\n1\\n```"}',
		value: { a: '```js\n1\n```' },
		repair: undefined,
	},
	{
		name: 'fences within fences',
		text: '```json\n{"a":"```js\\n1\\n```"}\n```',
		value: { a: '```js\n1\n```' },
		repair: 'extracted',
	},
	{
		name: 'thoughts before it',
		text: '<think>Is {a} a set? [Yes]</think>\n{"a":1}',
		value: { a: 1 },
		repair: 'extracted',
	},
	{ name: 'a comment', text: '{"a":1 /* one */}', value: { a: 1 }, repair: 'mended' },
	{ name: 'a missing comma', text: '{"a":1\n"b":2}', value: { a: 1, b: 2 }, repair: 'mended' },
	{ name: 'a prototype', text: '{"a":1,"__proto__":{"b":2}}', value: { a: 1 }, repair: undefined },
	{
		name: 'a prototype in single quotes',
		text: "{'a':1,'__proto__':{'b':2}}",
		value: { a: 1 },
		repair: 'mended',
	},
])('JSON is read from a reply with $name', ({ text, value, repair }) => {
	const reading = readJsonReply(text);
	expect(reading).toEqual({ value, ...(repair && { repair }) });
	expect(({} as { b?: unknown }).b).toBeUndefined();
});

test.each([
	['nothing', ' \n', 'the reply is empty'],
	['words', 'I cannot tell.', 'the reply holds no JSON'],
	['an apostrophe in single quotes', "{'a':'it's'}", expect.stringContaining('not valid JSON') as string],
	['half an object', '{"a":1,"b":', 'its JSON ends in the middle'],
	['half a text', '{"a":"one two', 'its JSON ends in the middle'],
	['an object without its end', '{"a":{"b":1}', 'its JSON ends in the middle'],
	['half a list after a whole object', '{"items":[{"a":1},{"a":', 'its JSON ends in the middle'],
	['half an object in a fence', '```json\n{"a":[1,2', 'its JSON ends in the middle'],
	['a list with dots for the rest', '{"a":[1,2,...]}', 'its JSON ends in the middle'],
	['two objects', '{"a":1}\n{"a":2}', 'its JSON ends in the middle'],
	['a bracket in half a text', '{"a":"]', 'its JSON ends in the middle'],
	[
		'a draft and its correction in fences',
		'```json\n{"a":1}\n```\nBetter:\n```json\n{"a":2}\n```',
		'the reply holds several JSON objects, of which only one can count',
	],
])('a reply of %s is not repaired', (_name, text, problem) => {
	expect(readJsonReply(text)).toEqual({ problem });
});

test('JSON that is cut off at any place is never read as a whole', () => {
	const field = fc.string({ unit: fc.constantFrom('a', '"', "'", '{', '}', '[', ']', ',', '\\', ' ') });
	const object = fc.record({
		text: field,
		list: fc.array(field, { minLength: 1 }),
		more: fc.record({ a: field }),
	});
	fc.assert(
		fc.property(object, fc.integer({ min: 1, max: 100 }), fc.boolean(), (value, percent, fenced) => {
			const whole = JSON.stringify(value);
			const cut = whole.slice(0, Math.max(1, Math.floor((whole.length * percent) / 101)));
			const reading = readJsonReply(fenced ? `\`\`\`json\n${cut}` : cut);
			expect(reading).toHaveProperty('problem');
		}),
		{ numRuns: 2000 },
	);
});
