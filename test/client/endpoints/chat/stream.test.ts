import fc from 'fast-check';
import { StreamedCompletion } from '../../../../client/endpoints/chat/stream';

type Json = Record<string, unknown>;

function streamed(...chunks: Json[]): StreamedCompletion {
	const completion = new StreamedCompletion();
	for (const chunk of chunks) completion.add(chunk);
	return completion;
}

const whole = (...chunks: Json[]) => streamed(...chunks).completion();
const choicesOf = (...chunks: Json[]) => whole(...chunks).choices as Array<{ message: Json } & Json>;
const delta = (delta: unknown, index = 0) => ({ choices: [{ index, delta, finish_reason: null }] });
const finish = (index = 0) => ({ choices: [{ index, delta: {}, finish_reason: 'stop' }] });

test('a stream without chunks is an empty completion that has not begun', () => {
	expect(whole()).toEqual({ object: 'chat.completion', choices: [] });
	expect(streamed()).toMatchObject({ hasBegun: false, isComplete: false, text: '' });
});

test('the pieces of a message are joined, and fields that come with each of them are kept once', () => {
	const shared = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', provider: 'p' };
	const chunks = [
		delta({ role: 'assistant', content: '' }),
		delta({ content: 'He' }),
		delta({ content: 'y' }),
		finish(),
	];
	const usage = { total_tokens: 3 };
	expect(
		whole(...chunks.map((chunk) => ({ ...shared, ...chunk, usage: null })), { choices: [], usage }),
	).toEqual({
		...shared,
		object: 'chat.completion',
		choices: [{ index: 0, message: { role: 'assistant', content: 'Hey' }, finish_reason: 'stop' }],
		usage,
	});
});

test('fields of the completion are not overwritten by empty ones', () => {
	const shared = { id: 'c1', created: 1, model: 'm', system_fingerprint: 'fp', service_tier: 'flex' };
	const empty = { id: '', created: 0, model: null, system_fingerprint: '' };
	expect(whole(empty, shared, empty)).toMatchObject(shared);
});

test('choices are in their order, whichever came first', () => {
	const pieces = [
		delta({ content: 'c' }, 7),
		delta({ content: 'b' }, 1),
		delta({ content: 'a' }, 0),
		delta({ content: 'B' }, 1),
	];
	expect(choicesOf(...pieces).map(({ index, message }) => [index, message.content])).toEqual([
		[0, 'a'],
		[1, 'bB'],
		[7, 'c'],
	]);
	expect(streamed(...pieces).text).toBe('a');
});

test.each([1e9, 2 ** 32, -1, 0.5])('a choice may have the index %d', (index) => {
	expect(choicesOf(delta({ content: 'a' }, index), finish(index))).toHaveLength(1);
	expect(choicesOf(delta({ tool_calls: [{ index }] }))[0]!.message.tool_calls).toHaveLength(1);
});

describe('a text', () => {
	test.each<[string, unknown[], unknown]>([
		[
			'texts in parts',
			[
				[{ type: 'text', text: 'a' }, 'b'],
				[{ type: 'thinking' }, null, { text: 5 }],
			],
			'ab',
		],
		['nulls', [null, null], null],
		['empty texts', ['', ''], null],
		['values of other types', [5, {}, true], null],
	])('the pieces of a text are joined: %s', (_, contents, content) => {
		expect(choicesOf(...contents.map((content) => delta({ content })))[0]!.message.content).toBe(content);
	});

	test.each(['refusal', 'reasoning', 'reasoning_content'])(
		'the pieces of a text called %s are joined',
		(field) => {
			const pieces = ['a', '', null, 5, 'b'].map((text) => delta({ [field]: text }));
			expect(choicesOf(...pieces)[0]!.message).toEqual({ role: 'assistant', content: null, [field]: 'ab' });
		},
	);

	test('a text is taken from a message where there is no delta', () => {
		const message = { content: 'whole' };
		expect(choicesOf({ choices: [{ message }] })[0]!.message.content).toBe('whole');
		// Perplexity sends both, the message with all that came so far.
		const both = (content: string) => ({ choices: [{ delta: { content }, message }] });
		expect(choicesOf(both('a'), both('b'))[0]!.message.content).toBe('ab');
	});
});

test('a message that comes whole after its pieces is not added to them', () => {
	const last = {
		choices: [{ index: 0, message: { role: 'assistant', content: 'Hey' }, finish_reason: 'stop' }],
	};
	expect(choicesOf(delta({ content: 'He' }), delta({ content: 'y' }), last)[0]?.message.content).toBe('Hey');
	expect(choicesOf(last)[0]?.message.content).toBe('Hey');
});

test('an empty reason to finish does not undo the one before', () => {
	const empty = { choices: [{ index: 0, delta: {}, finish_reason: '' }] };
	expect(streamed(delta({ content: 'Hey' }), finish(), empty).isComplete).toBe(true);
});

describe('tool calls', () => {
	const call = (id: string | undefined, name: string, args: string) => ({
		...(id && { id }),
		type: 'function',
		function: { name, arguments: args },
	});
	const piece = (args: string | null, more: object = {}, fn: object = {}) => ({
		...more,
		function: { arguments: args, ...fn },
	});

	test.each<[string, object[][], object[]]>([
		[
			'by index, taking turns',
			[
				[piece('', { index: 1, id: 'b' }, { name: 'g' })],
				[piece('', { index: 0, id: 'a' }, { name: 'f' })],
				[piece('{', { index: 0 }), piece('[', { index: 1 })],
				[piece('}', { index: 0 }), piece(']', { index: 1 })],
			],
			[call('a', 'f', '{}'), call('b', 'g', '[]')],
		],
		[
			'all with the same index, but IDs of their own',
			[
				[piece('{}', { index: 0, id: 'a' }, { name: 'f' })],
				[piece('[]', { index: 0, id: 'b' }, { name: 'g' })],
			],
			[call('a', 'f', '{}'), call('b', 'g', '[]')],
		],
		[
			'without index, with the ID once',
			[
				[piece('', { id: 'a' }, { name: 'f' })],
				[piece('{}')],
				[piece('[', { id: 'b' }, { name: 'g' })],
				[piece(']')],
			],
			[call('a', 'f', '{}'), call('b', 'g', '[]')],
		],
		[
			'without index, with the ID in every piece',
			[
				[piece('{', { id: 'a' }, { name: 'f' })],
				[piece('[]', { id: 'b' }, { name: 'g' })],
				[piece('}', { id: 'a' })],
			],
			[call('a', 'f', '{}'), call('b', 'g', '[]')],
		],
		[
			'without index or ID',
			[[piece('{', {}, { name: 'f' })], [piece('}', { index: null, id: null })]],
			[call(undefined, 'f', '{}')],
		],
		[
			'with an empty ID in later pieces',
			[[piece('{', { index: 0, id: 'a' }, { name: 'f' })], [piece('}', { index: 0, id: '' })]],
			[call('a', 'f', '{}')],
		],
		[
			'with the name in every piece',
			[[piece('{', { index: 0, id: 'a' }, { name: 'f' })], [piece('}', { index: 0 }, { name: 'f' })]],
			[call('a', 'f', '{}')],
		],
		[
			'whose first piece has no name',
			[
				[{ index: 0, id: 'a' }],
				[piece(null, { index: 0 }, { name: 'f' })],
				[piece('{}', { index: 0 }, { name: '' })],
			],
			[call('a', 'f', '{}')],
		],
		[
			'with a signature of Gemini',
			[
				[piece('{}', { index: 0, id: 'a', extra_content: { google: 1 } }, { name: 'f' })],
				[piece('', { index: 0 })],
			],
			[{ ...call('a', 'f', '{}'), extra_content: { google: 1 } }],
		],
	])('the pieces of tool calls are joined: %s', (_, pieces, calls) => {
		const chunks = pieces.map((tool_calls) => delta({ tool_calls }));
		expect(choicesOf(...chunks)[0]!.message.tool_calls).toEqual(calls);
	});

	test('tool calls of odd types become calls without a name or none', () => {
		const tool_calls = [
			null,
			5,
			{ index: 0, function: null },
			{ index: 0, function: { name: 5, arguments: {} } },
		];
		expect(choicesOf(delta({ tool_calls }))[0]!.message.tool_calls).toEqual([call(undefined, '', '{}')]);
	});
});

describe('log probabilities', () => {
	const logprobs = (...values: unknown[]) =>
		choicesOf(...values.map((logprobs) => ({ choices: [{ index: 0, logprobs }] })))[0]!.logprobs;

	test.each<[string, unknown[], unknown]>([
		[
			'are added up',
			[{ content: [1], refusal: null }, null, { content: [2, 3], refusal: null }],
			{ content: [1, 2, 3], refusal: null },
		],
		['may begin as null', [{ content: null }, { content: [1] }, { content: null }], { content: [1] }],
		['that are no object count as none', ['x', 5, null, []], undefined],
		[
			'may have any name',
			[{ constructor: [1] }, { constructor: [2], toString: [3] }],
			{ constructor: [1, 2], toString: [3] },
		],
	])('log probabilities %s', (_, values, expected) => {
		expect(logprobs(...values)).toEqual(expected);
	});

	test('log probabilities for 400,000 tokens are joined', () => {
		const many = () => ({ content: Array.from({ length: 200_000 }, () => 0) });
		expect((logprobs(many(), many()) as { content: unknown[] }).content).toHaveLength(400_000);
	});
});

describe('whether it is complete', () => {
	const usage = { total_tokens: 1 };
	test.each<[string, 'complete' | 'incomplete', Json[]]>([
		['a finished choice', 'complete', [delta({ content: 'a' }), finish()]],
		['a last word after the end of its choice', 'complete', [finish(), delta({ content: 'a' })]],
		['one finished choice of two', 'incomplete', [delta({}, 1), finish(0)]],
		['both choices finished', 'complete', [finish(1), finish(0)]],
		['the usage after the choices', 'complete', [delta({ content: 'a' }), { choices: [], usage }]],
		['the usage without choices', 'complete', [delta({ content: 'a' }), { usage }]],
		['the usage beside a piece', 'incomplete', [{ ...delta({ content: 'a' }), usage }]],
		['the usage before a piece', 'incomplete', [{ choices: [], usage }, delta({ content: 'a' })]],
		['an empty finish reason', 'incomplete', [{ choices: [{ finish_reason: '' }] }]],
	])('a stream with %s is %s', (_, verdict, chunks) => {
		expect(streamed(...chunks).isComplete).toBe(verdict === 'complete');
	});
});

describe('the listener', () => {
	test('the listener hears of the beginning once, and of every piece of text after it', () => {
		const heard: unknown[] = [];
		const completion = new StreamedCompletion(
			() => heard.push('begin'),
			(...piece) => heard.push(piece),
		);
		const deltas = [
			{ role: 'assistant', content: '' },
			{ content: 'a' },
			{ reasoning: 'x' },
			{ content: null },
			{ content: 'b' },
		];
		for (const piece of deltas) completion.add(delta(piece, 3));
		expect(heard).toEqual(['begin', ['a', 3], ['b', 3]]);
	});

	test.each([{ content: 'a' }, { refusal: 'a' }, { reasoning: 'a' }, { tool_calls: [{}] }])(
		'the listener hears of a beginning with %j',
		(piece) => {
			const onBegin = jest.fn();
			new StreamedCompletion(onBegin).add(delta(piece));
			expect(onBegin).toHaveBeenCalledTimes(1);
		},
	);
});

test('any chunks of JSON give a completion with choices', () => {
	const anything = fc.oneof(
		{ weight: 2, arbitrary: fc.jsonValue() },
		{ weight: 1, arbitrary: fc.constantFrom(-1, 2 ** 53, '') },
	);
	const either = <T>(arbitrary: fc.Arbitrary<T>) =>
		fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: anything });
	const list = <T>(arbitrary: fc.Arbitrary<T>) => either(fc.array(either(arbitrary), { maxLength: 3 }));
	const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
		either(fc.record(fields, { requiredKeys: [] }));
	const toolCall = record({
		index: anything,
		id: anything,
		function: record({ name: anything, arguments: anything }),
	});
	const piece = record({
		content: list(record({ text: anything })),
		reasoning: anything,
		tool_calls: list(toolCall),
	});
	const choice = record({
		index: anything,
		delta: piece,
		message: piece,
		logprobs: anything,
		finish_reason: anything,
	});
	const chunk = fc.record(
		{ id: anything, usage: anything, x_groq: anything, choices: list(choice) },
		{ requiredKeys: [] },
	);
	fc.assert(
		fc.property(fc.array(chunk, { maxLength: 5 }), (chunks) => {
			const { choices } = whole(...chunks) as { choices: unknown[] };
			expect(choices.every((choice) => typeof choice === 'object')).toBe(true);
		}),
		{ numRuns: 500 },
	);
});
