import fc from 'fast-check';
import { redact } from '../../../client/http/redact';

const KEY = 'sk-proj-Abc123Def456Ghi789';

test.each([
	[
		'in a sentence',
		`Incorrect API key provided: ${KEY}. Find it`,
		'Incorrect API key provided: [redacted]. Find it',
	],
	['in quotes', `Key "${KEY}" is wrong`, 'Key "[redacted]" is wrong'],
	['after the scheme', `authorization=Bearer ${KEY}`, 'authorization=Bearer [redacted]'],
	['twice', `${KEY} and ${KEY}`, '[redacted] and [redacted]'],
	['masked with stars', 'provided: sk-pr***************i789.', 'provided: [redacted]'],
	['masked with dots', 'provided: sk-...i789', 'provided: [redacted]'],
	['masked with an ellipsis', 'provided: sk-proj…', 'provided: [redacted]'],
	['by its beginning', 'key starting with sk-proj- is wrong', 'key starting with [redacted] is wrong'],
	['by its end', 'key ending in 56Ghi789 is wrong', 'key ending in [redacted] is wrong'],
	['in a piece', 'key with 3Def456G in it', 'key with [redacted] in it'],
])('a key is redacted that is echoed %s', (_, text, redacted) => {
	expect(redact(text, [KEY])).toBe(redacted);
});

test.each([
	['seven characters of the key', 'key ending in 6Ghi789 is wrong'],
	['other words', 'The model gpt-4.1-mini-2025-04-14 does not exist'],
	['stars around other words', 'This is **important** and takes... time'],
])('a text with %s is not redacted', (_, text) => {
	expect(redact(text, [KEY])).toBe(text);
});

test('a value under eight characters is a placeholder and stays', () => {
	expect(redact('ollama says: no such model, ollama', ['ollama', '', 'seven77'])).toBe(
		'ollama says: no such model, ollama',
	);
});

test('every one of several secrets is redacted', () => {
	expect(redact(`${KEY} header-value`, ['short', 'header-value', KEY])).toBe('[redacted] [redacted]');
});

test('a secret of several words is redacted, and so is each long word of it', () => {
	const secrets = ['Basic dXNlcjpwYXNzd29yZA=='];
	expect(redact('got "Basic dXNlcjpwYXNzd29yZA==" from you', secrets)).toBe('got "[redacted]" from you');
	expect(redact('bad credentials dXNlcjpwYXNzd29yZA', secrets)).toBe('bad credentials [redacted]');
});

describe('whatever the secret and the text around it', () => {
	// A secret that is part of the word put in its place is in every output that says so.
	const isPartOfMark = (secret: string) => '[redacted]'.includes(secret);
	const secret = fc
		.oneof(
			fc.string({ minLength: 8, maxLength: 80 }),
			fc.string({ minLength: 8, unit: 'binary' }),
			fc.base64String({ minLength: 8 }),
			// Characters that separate words, mean something in a pattern, or mask.
			fc.string({
				minLength: 8,
				maxLength: 12,
				unit: fc.constantFrom('a', 'b', ' ', '.', '$', '&', '*'),
			}),
		)
		.filter((value) => value.length >= 8 && !isPartOfMark(value));
	const around = fc.oneof(fc.string(), fc.constantFrom('', ' ', '"', '$&', '***', '…', 'a', 'ab'));

	test('a secret is not in the output, whatever the text around it', () => {
		fc.assert(
			fc.property(secret, fc.array(around, { maxLength: 4 }), (value, texts) => {
				expect(redact([...texts, ''].join(value), [value])).not.toContain(value);
			}),
			{ numRuns: 1000 },
		);
	});

	test('none of several secrets is in the output', () => {
		fc.assert(
			fc.property(fc.array(secret, { maxLength: 3 }), fc.array(around), (values, texts) => {
				const output = redact([...texts, ...values, ...texts].join(' '), values);
				for (const value of values) expect(output).not.toContain(value);
			}),
			{ numRuns: 500 },
		);
	});
});
