import fc from 'fast-check';
import { parseJson } from '../../../client/core/json';

test.each(['', ' ', 'null,', '{"a":', '<html></html>', 'undefined', "{'a':1}", '{"__proto__":'])(
	'%j is not JSON',
	(text) => {
		expect(parseJson(text)).toBeUndefined();
	},
);

test('parseJson gives what JSON.parse gives', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const text = JSON.stringify(value);
			// Names with __proto__ in them have a test of their own.
			fc.pre(!text.includes('__proto__'));
			expect(parseJson(text)).toEqual(JSON.parse(text));
		}),
	);
});

/** Copies like careless code does: by assignment, which is what makes the key dangerous. */
function copyByAssignment(value: unknown): Record<string, unknown> {
	const copy: Record<string, unknown> = {};
	for (const [key, entry] of Object.entries(value as object)) copy[key] = entry;
	return copy;
}

test('__proto__ is left out at every depth, and nothing else is', () => {
	const text = '{"a":1,"__proto__":{"bad":1},"list":[{"__proto__":{"bad":1},"b":2}],"say":"__proto__"}';
	const value = parseJson(text);
	expect(value).toEqual({ a: 1, list: [{ b: 2 }], say: '__proto__' });
	expect(JSON.stringify(value)).toBe('{"a":1,"list":[{"b":2}],"say":"__proto__"}');
	expect(copyByAssignment(value).bad).toBeUndefined();
});

test('null and false stay next to a __proto__', () => {
	expect(parseJson('{"__proto__":1,"n":null,"f":false,"list":[null]}')).toEqual({
		n: null,
		f: false,
		list: [null],
	});
});

test('a text that mentions __proto__ stays as it is', () => {
	expect(parseJson('"__proto__"')).toBe('__proto__');
});

test.each(['\\u005f_proto__', '\\u005F_proto__', '__prot\\u006f__', '__\\u0070\\u0072oto__'])(
	'__proto__ is left out when spelled %s',
	(key) => {
		expect(copyByAssignment(parseJson(`{"${key}":{"bad":1}}`)).bad).toBeUndefined();
	},
);
