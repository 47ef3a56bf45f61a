import fc from 'fast-check';
import { readJsonReply } from '../../../client/structured/jsonReply';
import { BROKEN_JSON, type Breakage } from '../../support/faultServer';

const GOOD = { name: 'Ada Example', age: 36, member: true, note: null };

test.each<[Breakage, string | undefined]>([
	['fenced', 'taken out'],
	['with words around it', 'taken out'],
	['single-quoted', 'repaired'],
	['with a trailing comma', 'repaired'],
	['with bare keys', 'repaired'],
	['in the manner of Python', 'repaired'],
])('JSON %s is read, and what was done to it is told', (breakage, mended) => {
	expect(readJsonReply(BROKEN_JSON[breakage](GOOD))).toEqual({ value: GOOD, mended });
});

test.each<[string, string, unknown, string | undefined]>([
	['an object', '{"a":1}', { a: 1 }, undefined],
	['white space around it', '\n {"a":1}\n', { a: 1 }, undefined],
	['a list', '[1]', [1], undefined],
	['a number, which is JSON as well', '4', 4, undefined],
	['a fence without a language', '```\n{"a":1}\n```', { a: 1 }, 'taken out'],
	['a fence that is never closed', '```json\n{"a":1}', { a: 1 }, 'taken out'],
	['a fence after words', 'Sure!\n```json\n{"a":1}\n```\nDone.', { a: 1 }, 'taken out'],
	['the same in two fences', '```json\n{"a":1}\n```\n```\n{"a": 1}\n```', { a: 1 }, 'taken out'],
	['fences within a text', '{"a":"```js\\n1\\n```"}', { a: '```js\n1\n```' }, undefined],
	['fences within fences', '```json\n{"a":"```js\\n1\\n```"}\n```', { a: '```js\n1\n```' }, 'taken out'],
	['thoughts before it', '<think>Is {a} a set? [Yes]</think>\n{"a":1}', { a: 1 }, 'taken out'],
	['a comment', '{"a":1 /* one */}', { a: 1 }, 'repaired'],
	['a missing comma', '{"a":1\n"b":2}', { a: 1, b: 2 }, 'repaired'],
	['a prototype', '{"a":1,"__proto__":{"b":2}}', { a: 1 }, undefined],
	['a prototype in single quotes', "{'a':1,'__proto__':{'b':2}}", { a: 1 }, 'repaired'],
])('%s', (_name, text, value, mended) => {
	const reading = readJsonReply(text);
	expect(reading).toEqual({ value, ...(mended && { mended }) });
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
])('%s is not mended', (_name, text, problem) => {
	expect(readJsonReply(text)).toEqual({ problem });
});

test('whatever is cut off at any place is never read as a whole', () => {
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
