import fc from 'fast-check';
import type { WholeCompletion } from './faultServer/chunks';

/** With all planes of Unicode, halves of characters and names of traps. */
const text = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 12 }),
	fc.constantFrom(
		'__proto__',
		'[DONE]',
		'data: [DONE]\n\n',
		'\r\n\r\n',
		'\u2028',
		'\ufeff',
		'\ud83d',
		'x'.repeat(50),
	),
);
const words = fc.string({ unit: 'grapheme', minLength: 1 });
const tokens = fc.nat({ max: 9999 });
const toolCall = fc.record({
	id: words,
	type: fc.constant('function' as const),
	function: fc.record({ name: words, arguments: text }),
});
const entry = fc.record({ token: text, logprob: fc.double({ noNaN: true }), bytes: fc.constant(null) });
const choice = fc.record({
	message: fc.record(
		{
			content: fc.option(text),
			refusal: fc.option(text),
			reasoning_content: text,
			tool_calls: fc.array(toolCall, { minLength: 1, maxLength: 2 }),
		},
		{ requiredKeys: ['content'] },
	),
	logprobs: fc.option(
		fc.record({ content: fc.array(entry, { minLength: 1, maxLength: 3 }), refusal: fc.constant(null) }),
	),
	finish_reason: fc.constantFrom('stop', 'length', 'content_filter', 'tool_calls', 'eos'),
});

/** Any completion that a server may mean. */
export const arbitraryCompletion: fc.Arbitrary<WholeCompletion> = fc
	.record(
		{
			id: words,
			created: tokens,
			model: words,
			choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
			usage: fc.record(
				{ prompt_tokens: tokens, completion_tokens: tokens, total_tokens: tokens },
				{ requiredKeys: ['total_tokens'] },
			),
		},
		{ requiredKeys: ['choices', 'usage'] },
	)
	.map((completion) => ({
		...completion,
		choices: completion.choices.map((choice, index) => ({ index, ...choice })),
	}));
