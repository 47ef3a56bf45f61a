import fc from 'fast-check';
import { readChatReply } from '../../../../client/endpoints/chat/response';
import { ApiFailure } from '../../../../client/core/errors';

const completion = (message: unknown, more: object = {}) => ({
	choices: [{ index: 0, message, finish_reason: 'stop' }],
	...more,
});
const firstOf = (json: unknown) => readChatReply(json).choices[0];

test('a completion as OpenAI sends it is read in full', () => {
	const logprobs = { content: [{ token: 'Paris', logprob: -0.1, bytes: null, top_logprobs: [] }] };
	const json = {
		id: 'chatcmpl-1',
		object: 'chat.completion',
		created: 1721172741,
		model: 'gpt-4.1-mini-2025-04-14',
		choices: [
			{
				index: 0,
				message: { role: 'assistant', content: 'Paris', refusal: null, annotations: [] },
				logprobs,
				finish_reason: 'stop',
			},
		],
		usage: {
			prompt_tokens: 25,
			completion_tokens: 7,
			total_tokens: 32,
			prompt_tokens_details: { cached_tokens: 20, audio_tokens: 0 },
			completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 0 },
		},
		service_tier: 'default',
	};
	const before = structuredClone(json);
	const reply = readChatReply(json);
	expect(reply).toEqual({
		id: 'chatcmpl-1',
		model: 'gpt-4.1-mini-2025-04-14',
		choices: [{ index: 0, text: 'Paris', finishReason: 'stop', logprobs }],
		usage: { promptTokens: 25, completionTokens: 7, totalTokens: 32, cachedTokens: 20, reasoningTokens: 4 },
		raw: before,
	});
	expect(reply.raw).toBe(json);
});

test('nulls everywhere, as compatible servers send them, are absent', () => {
	const reply = readChatReply({
		id: null,
		model: null,
		choices: [
			{
				index: null,
				finish_reason: null,
				logprobs: null,
				message: { role: null, content: null, refusal: null, tool_calls: null },
			},
		],
		usage: {
			prompt_tokens: null,
			completion_tokens: null,
			total_tokens: null,
			prompt_tokens_details: null,
			completion_tokens_details: { reasoning_tokens: null },
		},
	});
	expect(Object.keys(reply).sort()).toEqual(['choices', 'raw', 'usage']);
	expect(reply.choices).toStrictEqual([{ index: 0, text: '', finishReason: 'other' }]);
	expect(reply.usage).toStrictEqual({});
});

test('a choice needs no more than a message', () => {
	const reply = readChatReply({ choices: [{ message: {} }] });
	expect(reply).toStrictEqual({
		choices: [{ index: 0, text: '', finishReason: 'other' }],
		raw: { choices: [{ message: {} }] },
	});
});

test.each<[string, unknown, string]>([
	['a text', 'Hello', 'Hello'],
	['an empty text', '', ''],
	[
		'parts',
		[
			{ type: 'text', text: 'Hel' },
			{ type: 'text', text: 'lo' },
		],
		'Hello',
	],
	[
		'parts, some not text',
		[{ type: 'thinking', thinking: [] }, { type: 'text', text: 'Hi' }, { text: null }],
		'Hi',
	],
	['no parts', [], ''],
	['null', null, ''],
	['nothing', undefined, ''],
])('the text of a message is read from content that is %s', (_, content, text) => {
	expect(firstOf(completion({ content })).text).toBe(text);
});

test.each([
	['stop', 'stop'],
	['length', 'length'],
	['content_filter', 'content_filter'],
	['tool_calls', 'tool_calls'],
	['function_call', 'tool_calls'],
	['eos', 'stop'],
	['unheard_of', 'other'],
	['constructor', 'other'],
	['', 'other'],
	[null, 'other'],
	[undefined, 'other'],
])('the finish reason %p is read as %s', (reason, finishReason) => {
	const json = { choices: [{ finish_reason: reason, message: { content: 'x' } }] };
	expect(firstOf(json).finishReason).toBe(finishReason);
});

test('a refusal stands beside the empty text', () => {
	expect(firstOf(completion({ content: null, refusal: 'I cannot help with that.' }))).toEqual({
		index: 0,
		text: '',
		finishReason: 'stop',
		refusal: 'I cannot help with that.',
	});
});

test('all choices are read, in the order sent, numbered where the server did not', () => {
	const choice = (content: string, index?: number) => ({ index, message: { content } });
	const { choices } = readChatReply({ choices: [choice('a'), choice('b'), choice('c', 7)] });
	expect(choices.map(({ index, text }) => [index, text])).toEqual([
		[0, 'a'],
		[1, 'b'],
		[7, 'c'],
	]);
});

describe('usage', () => {
	const usageOf = (usage: unknown) => readChatReply(completion({ content: 'x' }, { usage })).usage;

	test.each([
		[{ prompt_tokens: 1 }, { promptTokens: 1 }],
		[{ completion_tokens: 2 }, { completionTokens: 2 }],
		[{ total_tokens: 3 }, { totalTokens: 3 }],
		[{ prompt_tokens_details: { cached_tokens: 4 } }, { cachedTokens: 4 }],
		[{ completion_tokens_details: { reasoning_tokens: 5 } }, { reasoningTokens: 5 }],
		[
			{ prompt_tokens: 0, total_tokens: 0 },
			{ promptTokens: 0, totalTokens: 0 },
		],
		[{ prompt_tokens_details: {}, completion_tokens_details: null }, {}],
		[{ prompt_cache_hit_tokens: 9, prompt_cache_miss_tokens: 4, cost: 0.1 }, { cachedTokens: 9 }],
		[{ cached_tokens: 9 }, { cachedTokens: 9 }],
		[
			{
				prompt_tokens_details: { cache_write_tokens: 5, audio_tokens: 6 },
				completion_tokens_details: { audio_tokens: 7 },
			},
			{ cacheWriteTokens: 5, promptAudioTokens: 6, completionAudioTokens: 7 },
		],
		[
			{
				prompt_tokens_details: { cache_write_tokens: 0, audio_tokens: 0 },
				completion_tokens_details: { audio_tokens: 0 },
			},
			{},
		],
	])('the usage %j is read as %j and no more', (usage, expected) => {
		expect(usageOf(usage)).toStrictEqual(expected);
	});

	test.each([null, undefined])('a usage of %p is absent', (usage) => {
		const reply = readChatReply(completion({ content: 'x' }, { usage }));
		expect(reply).not.toHaveProperty('usage');
	});
});

describe('what is not a completion', () => {
	test.each<[string, unknown, RegExp]>([
		['null', null, /the reply is missing/],
		['a text', 'Paris', /the reply is missing/],
		['a list', [completion({ content: 'x' })], /^The reply is not a chat completion/],
		['an empty object', {}, /choices is missing/],
		['another API’s object', { object: 'response', output: [] }, /choices is missing/],
		['choices: null', { choices: null }, /choices is missing/],
		['a choice that is null', { choices: [null] }, /choices\.0 is missing/],
		['no message', { choices: [{ text: 'legacy' }] }, /choices\.0\.message is missing/],
		['a number as content', completion({ content: 5 }), /choices\.0\.message\.content is missing/],
		['no choice', { choices: [] }, /without any choice/],
	])('JSON that is no completion is a bad_reply: %s', (_, json, message) => {
		expect(() => readChatReply(json)).toThrow(
			expect.objectContaining({
				kind: 'bad_reply',
				message: expect.stringMatching(message),
			}) as ApiFailure,
		);
	});

	/** Values in the places where a completion has values, of the right types and of all others. */
	const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 0, [], {}));
	const maybe = (right: fc.Arbitrary<unknown>) =>
		fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: junk });
	const record = <M extends Record<string, fc.Arbitrary<unknown>>>(
		model: M,
		...requiredKeys: Array<keyof M & string>
	) => maybe(fc.record(model, { requiredKeys }));
	const nearCompletion = record(
		{
			id: maybe(fc.string()),
			model: maybe(fc.string()),
			choices: maybe(
				fc.array(
					record(
						{
							index: maybe(fc.nat()),
							finish_reason: maybe(fc.string()),
							logprobs: junk,
							message: record({
								content: maybe(fc.oneof(fc.string(), fc.array(record({ text: maybe(fc.string()) })))),
								refusal: maybe(fc.string()),
							}),
						},
						'message',
					),
				),
			),
			usage: record({ prompt_tokens: maybe(fc.nat()), prompt_tokens_details: junk }),
		},
		'choices',
	);

	test('any JSON is a reply or a bad_reply', () => {
		let replies = 0;
		const property = fc.property(fc.oneof(nearCompletion, fc.jsonValue()), (json) => {
			try {
				const { choices, raw } = readChatReply(json);
				expect(choices.every(({ text }) => typeof text === 'string')).toBe(true);
				expect(raw).toBe(json);
				replies++;
			} catch (error) {
				expect(error).toBeInstanceOf(ApiFailure);
				expect(error).toHaveProperty('kind', 'bad_reply');
			}
		});
		fc.assert(property, { numRuns: 500 });
		// Else the generator has lost sight of what a completion looks like.
		expect(replies).toBeGreaterThan(0);
	});
});

test('a paid reply is not lost over fields of an odd type', () => {
	const reply = readChatReply({
		id: 5,
		model: ['m'],
		usage: { prompt_tokens: '12', completion_tokens: 3, prompt_tokens_details: [] },
		choices: [
			{
				index: '0',
				finish_reason: 7,
				logprobs: [],
				message: { content: ['a', { text: 'b' }, {}], refusal: 1 },
			},
		],
	});
	expect(reply.choices).toEqual([{ index: 0, text: 'ab', finishReason: 'other' }]);
	expect(reply.usage).toEqual({ promptTokens: 12, completionTokens: 3 });
	expect(reply).not.toHaveProperty('id');
});

test('a choice that failed is a failure of the server, not an empty reply', () => {
	const choices = [
		{ message: { content: '' }, finish_reason: 'error', error: { code: 502, message: 'Upstream died' } },
	];
	expect(() => readChatReply({ choices })).toThrow(
		expect.objectContaining({ kind: 'server', message: 'Upstream died' }) as Error,
	);
});
