import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, type ChatGptRun } from '../../support/chatGptRun';
import {
	callingTools,
	fail,
	ok,
	quotaExhausted,
	wrongKey,
	type Behaviour,
	type RecordedRequest,
} from '../../support/faultServer';
import { called, toolNode } from '../../support/toolNodes';
import { useFaultServer } from '../../support/useFaultServer';

// These are items that were under way when the key or the account failed for another item.

const server = useFaultServer();
beforeEach(() => {
	called.length = 0;
});

const usage = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
const prices = { values: [{ model: '', input: 0.4, cachedInput: 0, output: 1.6 }] };
const PAID = { usage: { promptTokens: 1000, completionTokens: 500 }, costUsd: 0.0012 };
/** Makes a reply come long after the other item has failed. */
const LATE = { latencyMs: 300, usage };

const asks = ({ rawBody }: RecordedRequest, item: number) => rawBody.includes(`Question ${item}"`);
/** The first item is answered like this, while the second one fails. */
const answerFirstFailSecond = (first: Behaviour, failure: Behaviour = wrongKey()) =>
	server.behave((request) => (asks(request, 0) ? first : failure));

async function run(more: ChatGptRun, options: INodeParameters = {}) {
	const { output, hints, nodeRuns } = await runChatGpt(server, {
		items: numberedItems(2),
		node: CONTINUE,
		...more,
		options: { prices, ...options },
	});
	const items = output('ChatGPT').map(({ json }) => json as { error?: string; details?: IDataObject });
	return { items, hint: hints('ChatGPT')[0]?.message, tokens: nodeRuns('ChatGPT')[0]?.metadata?.tokenUsage };
}

describe.each([
	['a rejected key', wrongKey(), 'The API refused the key'],
	['an empty account', quotaExhausted(), 'The account of this API key has no credit left'],
])('after %s', (cause, failure, message) => {
	const notFinished = new RegExp(
		`^Not finished, because item 1 failed for a reason all items share\\. ${message}`,
	);

	test(`an item in a round of tools that ${cause} ends says what it had cost and done`, async () => {
		answerFirstFailSecond(callingTools([['weather', { of: 'Question 0' }]], LATE), failure);
		const { items, hint, tokens } = await run({ tools: [toolNode('weather')] });
		expect(server.requests).toHaveLength(2);
		expect(called).toEqual(['weather: Question 0']);
		expect(items[0]!.error).toMatch(notFinished);
		expect(items[0]!.details).toEqual({
			usage: expect.objectContaining(PAID.usage),
			costUsd: PAID.costUsd,
			toolCalls: [expect.objectContaining({ name: 'weather', result: 'weather of Question 0' })],
			hint: expect.any(String),
			itemAtFault: false,
		});
		expect(items[1]!.details).not.toHaveProperty('usage');
		expect(hint).toBe(
			'2 items: 0 answered, 2 failed; 1000 prompt and 500 completion tokens; about $0.00120.',
		);
		expect(tokens).toEqual({ inputTokens: 1000, outputTokens: 500 });
	});

	test(`an item whose repair ${cause} ends says what its reply had cost`, async () => {
		answerFirstFailSecond(ok({ ...LATE, text: 'no JSON' }), failure);
		const { items, hint } = await run({ parameters: { responseFormat: 'jsonObject' } });
		expect(server.requests).toHaveLength(2);
		expect(items[0]!.error).toMatch(notFinished);
		expect(items[0]!.details).toMatchObject({
			...PAID,
			attempts: [{ status: 200, code: 'INVALID_JSON' }],
		});
		expect(hint).toContain('about $0.00120.');
	});
});

test('an item that waited for another model says that it was sent, and one that had no turn that it was not', async () => {
	answerFirstFailSecond(fail({ status: 503, latencyMs: 300 }));
	const { items } = await run(
		{ items: numberedItems(3) },
		{ maxRetries: 0, fallbackModels: ['gpt-4.1'], maxConcurrentRequests: 2 },
	);
	expect(server.requests).toHaveLength(2);
	expect(items[0]!.error).toMatch(/^Not finished, because item 1 failed/);
	expect(items[0]!.details!.attempts).toMatchObject([{ model: 'gpt-4.1-mini', status: 503 }]);
	expect(items[2]!.error).toMatch(/^Not sent, because item 1 failed/);
	expect(items[2]!.details).toEqual({ hint: expect.any(String), itemAtFault: false });
});

test('a good choice is kept when another can no longer be repaired', async () => {
	answerFirstFailSecond(ok({ ...LATE, text: (_, choice) => (choice === 0 ? '{"good": true}' : 'no JSON') }));
	const { items } = await run({ parameters: { responseFormat: 'jsonObject' } }, { n: 2 });
	expect(server.requests).toHaveLength(2);
	expect(items[0]).toMatchObject({
		json: { good: true },
		costUsd: PAID.costUsd,
		warnings: [{}, {}, { message: expect.stringMatching(/^A choice was left out, because item 1 failed/) }],
	});
	expect(items[1]!.error).toMatch(/^The API refused the key/);
});

test('items that wait for the same request tell each what is its own', async () => {
	server.behave(({ body }) => {
		const isSecondRound = (body.messages as unknown[]).length > 1;
		return isSecondRound
			? fail({ status: 401, latencyMs: 200 })
			: callingTools([['weather', { of: 'all' }]], { usage });
	});
	const { items, hint } = await run(
		{
			items: numberedItems(2).map(() => ({ json: { question: 'The same' } })),
			tools: [toolNode('weather')],
			credential: { apiKey: 'sk-of-the-not-finished-test' },
		},
		{ cacheReplies: 60 },
	);
	expect(server.requests).toHaveLength(2);
	const toolCalls = [{ result: 'weather of all' }];
	expect(items[0]).toMatchObject({
		error: expect.stringMatching(/^The API refused the key/),
		details: { ...PAID, toolCalls, attempts: [{ status: 401 }] },
	});
	expect(items[1]).toMatchObject({
		error: expect.stringMatching(/^Not finished, because item 0 failed/),
		details: { toolCalls },
	});
	expect(items[1]!.details).not.toHaveProperty('usage');
	expect(items[1]!.details).not.toHaveProperty('attempts');
	expect(called).toHaveLength(2);
	expect(hint).toContain('1000 prompt and 500 completion tokens; about $0.00120.');
});
