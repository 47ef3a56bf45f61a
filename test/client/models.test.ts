import { adaptRequest, isReasoningModel } from '../../client/models';

const messages = [{ role: 'user' as const, content: 'Hi' }];

const reasoning = [
	'o1',
	'o1-preview',
	'o1-mini',
	'o3',
	'o3-mini',
	'o3-2025-04-16',
	'o4-mini',
	'gpt-5',
	'gpt-5-2025-08-07',
	'gpt-5-mini',
	'gpt-5-nano',
	'gpt-5.1',
	'gpt-5.1-chat-latest',
	'gpt-5.2-pro',
	'gpt-5.6-luna',
	'gpt-6-astra',
	'gpt-6.1-sol',
	'gpt-10',
];
const others = [
	'gpt-3.5-turbo',
	'gpt-4',
	'gpt-4-turbo',
	'gpt-4.1',
	'gpt-4.1-mini',
	'gpt-4o',
	'gpt-4o-mini-2024-07-18',
	'gpt-4o-search-preview',
	'gpt-5-chat-latest',
	'gpt-5-chat',
	'gpt-audio-mini',
	'gpt-oss-120b',
	'chatgpt-4o-latest',
	'llama3.2:3b',
	'mistral-large-latest',
	'deepseek-reasoner',
	'my-o3-deployment',
	'',
];

test.each(reasoning)('%s gets max_completion_tokens, and the user is told', (model) => {
	expect(isReasoningModel(model)).toBe(true);
	const { request, warnings } = adaptRequest({ model, messages, max_tokens: 100 });
	expect(request).toEqual({ model, messages, max_completion_tokens: 100 });
	expect(warnings).toEqual([
		{ feature: 'max_tokens', message: expect.stringContaining('max_completion_tokens') },
	]);
	expect(warnings[0]!.message).toContain(model);
});

test.each(others)('"%s" keeps max_tokens', (model) => {
	expect(isReasoningModel(model)).toBe(false);
	const request = { model, messages, max_tokens: 100 };
	expect(adaptRequest(request)).toEqual({ request, warnings: [] });
});

test('nothing is added that the user did not set', () => {
	expect(adaptRequest({ model: 'o3', messages })).toEqual({
		request: { model: 'o3', messages },
		warnings: [],
	});
});

test('max_completion_tokens that the user set wins over the renamed one', () => {
	const { request } = adaptRequest({ model: 'o3', messages, max_tokens: 100, max_completion_tokens: 7 });
	expect(request).toEqual({ model: 'o3', messages, max_completion_tokens: 7 });
});

test('the other parameters stay, and so does the request given', () => {
	const given = { model: 'o3', messages, max_tokens: 0, temperature: 1, vendor_option: { deep: [1] } };
	const before = structuredClone(given);
	expect(adaptRequest(given).request).toEqual({
		model: 'o3',
		messages,
		max_completion_tokens: 0,
		temperature: 1,
		vendor_option: { deep: [1] },
	});
	expect(given).toEqual(before);
});
