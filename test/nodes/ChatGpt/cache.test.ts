import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { CONTINUE, runChatGpt, userMessage, type ChatGptRun, onlyItem } from '../../support/chatGptRun';
import { fail, hangBeforeHeaders, ok } from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();
let apiKey: string;
beforeEach(() => {
	server.behave(() => ok());
	// The cache lives as long as the process; with a key of its own, a test finds none of another's replies.
	apiKey = `sk-test-${randomUUID()}`;
});

/** Runs one execution, which keeps replies unless its options say otherwise. */
const execute = ({ options, credential, ...run }: ChatGptRun = {}) =>
	runChatGpt(server, {
		options: { cacheReplies: 60, ...options },
		credential: { apiKey, ...credential },
		...run,
	});

/** Runs an execution that succeeds, and gives its only item. */
async function ask(run?: ChatGptRun) {
	const { output, error } = await execute(run);
	expect(error).toBeUndefined();
	return onlyItem({ output });
}

const sameItems = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, () => ({ json: { question: 'What is new?' } }));

describe('a reply', () => {
	test('a reply to the same request is used again by another execution, and costs nothing', async () => {
		const first = await ask();
		expect(first).toMatchObject({ text: 'Reply to: Question 0', attempts: 1, usage: { promptTokens: 3 } });
		expect(first).not.toHaveProperty('cached');
		expect(await ask()).toEqual({
			...first,
			latencyMs: expect.any(Number),
			attempts: 0,
			cached: true,
			costUsd: 0,
		});
		expect(server.requests).toHaveLength(1);
	});

	test.each<[string, INodeParameters]>([
		['by default', {}],
		['at 0 seconds', { cacheReplies: 0 }],
		['when an expression gives no time', { cacheReplies: '={{ null }}' }],
	])('a reply is not used again %s', async (_name, options) => {
		const run = () => runChatGpt(server, { options, credential: { apiKey } });
		await run();
		expect((await run()).output('ChatGPT')[0]?.json).not.toHaveProperty('cached');
		expect(server.requests).toHaveLength(2);
	});

	test.each<[string, () => ChatGptRun]>([
		['key', () => ({ credential: { apiKey: `${apiKey}-of-another` } })],
		['organization', () => ({ credential: { organizationId: 'org-2' } })],
		['address', () => ({ credential: { baseUrl: `${server.url}/v2` } })],
		['model', () => ({ parameters: { model: { __rl: true, mode: 'id', value: 'gpt-5' } } })],
		['message', () => ({ parameters: { messages: userMessage('Something else') } })],
		['temperature', () => ({ parameters: { temperature: 0.5 } })],
		['option', () => ({ options: { seed: 1 } })],
	])('a reply is not used for another %s', async (_name, other) => {
		await ask();
		expect(await ask(other())).not.toHaveProperty('cached');
		expect(await ask(other())).toHaveProperty('cached', true);
		expect(server.requests).toHaveLength(2);
	});

	test.each<[string, INodeParameters]>([
		['the output looks otherwise', { outputField: 'reply', includeInputFields: true }],
		['it would be sent otherwise', { maxRetries: 1, timeout: 5, fallbackModels: ['gpt-5'] }],
	])('a reply is used again though %s', async (_name, options) => {
		const { text } = await ask();
		const again = await ask({ options });
		expect(again.reply ?? again).toMatchObject({ text, cached: true });
		expect(server.requests).toHaveLength(1);
	});

	test("a cached reply with Simplify off is the API's own JSON", async () => {
		await ask();
		expect(await ask({ options: { simplify: false } })).toMatchObject({ object: 'chat.completion' });
		expect(server.requests).toHaveLength(1);
	});

	test('a cached reply stays as it was, whatever later nodes do to the items it is in', async () => {
		const raw = () => ask({ options: { simplify: false } });
		const original = structuredClone(await raw());
		for (let time = 0; time < 3; time++) {
			const item = await raw();
			expect(item).toEqual(original);
			for (const key of Object.keys(item)) delete item[key];
		}
		expect(server.requests).toHaveLength(1);
	});

	test('a reply that was cut is used again in a chat, where it is what was asked for', async () => {
		server.behave(() => ok({ text: 'Half a', finishReason: 'length' }));
		await ask();
		expect(await ask()).toMatchObject({ text: 'Half a', finishReason: 'length', cached: true });
		expect(server.requests).toHaveLength(1);
	});

	test.each<INodeParameters>([{ n: 2 }, { extraBody: '{"n": 2}' }])(
		'a reply of several choices is not kept (%j)',
		async (options) => {
			await ask({ options });
			expect(await ask({ options })).not.toHaveProperty('cached');
			expect(server.requests).toHaveLength(2);
		},
	);

	test('a reply of a fallback model is not kept, so that the chosen one answers when it can', async () => {
		const options = { fallbackModels: ['gpt-5'], maxRetries: 0 };
		server.behave(({ index }) => (index === 0 ? fail({ status: 503 }) : ok()));
		expect(await ask({ options })).toMatchObject({ model: 'gpt-5', attempts: 2 });
		expect(await ask({ options })).toMatchObject({ model: 'gpt-4.1-mini', attempts: 1 });
		expect(await ask({ options })).toMatchObject({ model: 'gpt-4.1-mini', cached: true });
		expect(server.requests).toHaveLength(3);
	});
});

describe('a failure', () => {
	test('a failure is not kept in the cache', async () => {
		server.behave(({ index }) => (index === 0 ? fail({ status: 400 }) : ok()));
		expect(await ask({ node: CONTINUE })).toHaveProperty('error');
		expect(await ask()).toMatchObject({ text: 'Reply to: Question 0', attempts: 1 });
	});

	test('a failure of the first of many same requests leaves the others to ask themselves', async () => {
		server.behave(({ index }) => (index === 0 ? fail({ status: 400, latencyMs: 1000 }) : ok()));
		const { output } = await execute({
			items: sameItems(30),
			node: CONTINUE,
			options: { maxConcurrentRequests: 30 },
		});
		const [first, ...others] = output('ChatGPT').map((item) => item.json);
		expect(first).toHaveProperty('error');
		expect(others.map(({ text, attempts }) => [text, attempts])).toEqual(
			Array.from({ length: 29 }, () => ['Reply to: What is new?', 1]),
		);
	});

	test('a failure that all items share is met once by many same requests', async () => {
		server.behave(() => fail({ status: 401, latencyMs: 50 }));
		const { output } = await execute({
			items: sameItems(30),
			node: CONTINUE,
			options: { maxConcurrentRequests: 10 },
		});
		const [first, ...others] = output('ChatGPT').map(({ json }) => json.error);
		expect(first).toMatch(/^The API refused the key/);
		expect(others).toHaveLength(29);
		expect(new Set(others)).toEqual(new Set([expect.stringMatching(/^Not sent, because item 0 failed/)]));
		expect(server.requests).toHaveLength(1);
	});

	test('a failure that all executions with the key share is met once, too', async () => {
		server.behave(() => fail({ status: 401, latencyMs: 1000 }));
		const run = () => ask({ node: CONTINUE });
		for (const { error } of await Promise.all([run(), run(), run()])) {
			expect(error).toMatch(/^The API refused the key/);
		}
		expect(server.requests).toHaveLength(1);
	});

	test('a failure that ends the run leaves none of the same requests to be sent', async () => {
		server.behave(() => fail({ status: 400, latencyMs: 50 }));
		const { run } = await execute({ items: sameItems(30), options: { maxConcurrentRequests: 30 } });
		expect(run.status).toBe('error');
		expect(server.requests).toHaveLength(1);
	});
});

describe('the same request many times at once', () => {
	beforeEach(() =>
		server.behave(() => ok({ latencyMs: 100, usage: { prompt_tokens: 3, completion_tokens: 2 } })),
	);

	test('the same request of many items is sent once, and only what it used is counted', async () => {
		const { output, hints, nodeRuns } = await execute({
			items: sameItems(30),
			options: { maxConcurrentRequests: 30 },
		});
		expect(server.requests).toHaveLength(1);
		expect(output('ChatGPT').map(({ json, pairedItem }) => [json.text, json.cached, pairedItem])).toEqual(
			Array.from({ length: 30 }, (_, item) => [
				'Reply to: What is new?',
				item === 0 ? undefined : true,
				{ item },
			]),
		);
		expect(hints('ChatGPT')[0]?.message).toBe(
			'30 items: 30 answered, 0 failed; 29 of the replies from the cache; 3 prompt and 2 completion tokens.',
		);
		expect(nodeRuns('ChatGPT')[0]?.metadata).toMatchObject({
			tokenUsage: { inputTokens: 3, outputTokens: 2 },
		});
	});

	test('the same request of several executions is sent once, too', async () => {
		const replies = await Promise.all([ask(), ask(), ask()]);
		expect(replies.filter(({ cached }) => cached)).toHaveLength(2);
		expect(server.requests).toHaveLength(1);
	});
});

describe('the wait for the same request of another execution', () => {
	let stopFirst: () => void;
	let first: ReturnType<typeof execute>;
	// The request of the first execution is never answered.
	beforeEach(async () => {
		server.behave(({ index }) => (index === 0 ? hangBeforeHeaders() : ok()));
		first = execute({ onStart: ({ cancel }) => (stopFirst = cancel) });
		await until('the request is under way', () => server.stats.inFlight === 1);
	});
	afterEach(async () => {
		stopFirst();
		await first;
	});

	test('the wait for the same request ends when Stop is pressed, and the other execution goes on', async () => {
		const { run } = await execute({ onStart: ({ cancel }) => setTimeout(cancel, 100) });
		expect(run.status).toBe('canceled');
		expect(server.stats).toMatchObject({ requests: 1, inFlight: 1, aborted: 0 });
	});

	test('the wait for the same request ends after the time-out for the whole item', async () => {
		expect(await ask({ node: CONTINUE, options: { itemTimeout: 0.2 } })).toHaveProperty(
			'error',
			'No reply came within the time allowed for the whole item',
		);
		expect(server.requests).toHaveLength(1);
	});

	test('the wait for the same request is part of the time for the whole item', async () => {
		// Either of the two waits alone would fit into the time.
		server.behave(() => ok({ latencyMs: 2000 }));
		const item = await ask({
			node: CONTINUE,
			options: { itemTimeout: 3 },
			onStart: () => setTimeout(stopFirst, 2000),
		});
		expect(item.error).toBe('No reply came within the time allowed for the whole item');
		expect(server.requests).toHaveLength(2);
	});

	test('the wait for the same request ends when the other execution is stopped, and the request is sent', async () => {
		expect(await ask({ onStart: () => setTimeout(stopFirst, 100) })).toMatchObject({
			text: 'Reply to: Question 0',
			attempts: 1,
		});
		expect(server.requests).toHaveLength(2);
	});
});

describe('the time a reply is good for', () => {
	test.each<{ name: string; asks: number; reads: number; cached: true | undefined }>([
		{ name: 'is not used when its time is over', asks: 0.2, reads: 0.2, cached: undefined },
		{
			name: 'is not used when it is too old for the node that reads',
			asks: 60,
			reads: 0.2,
			cached: undefined,
		},
		{
			name: 'is used when the node that reads allows it, though the one that asked did not',
			asks: 0.2,
			reads: 60,
			cached: true,
		},
	])('a kept reply $name', async ({ asks, reads, cached }) => {
		await ask({ options: { cacheReplies: asks } });
		await sleep(250);
		expect((await ask({ options: { cacheReplies: reads } })).cached).toBe(cached);
	});

	test.each([
		['-1', -1],
		['"long"', '={{ "long" }}'],
		['2592001', 2_592_001],
		['true', '={{ true }}'],
	])('the time that replies are cached may not be %s', async (shown, cacheReplies) => {
		expect(await ask({ node: CONTINUE, options: { cacheReplies } })).toEqual({
			error: `Cache Replies (Seconds) must be a number between 0 and 2592000, but is ${shown}`,
			details: {
				parameter: 'Cache Replies (Seconds)',
				hint: 'Correct Cache Replies (Seconds), or the expression it comes from',
				itemAtFault: true,
			},
		});
		expect(server.requests).toHaveLength(0);
	});
});

test('the replies used least recently make room when all together are too large', async () => {
	const megabytes = 'All work and no play. '.repeat(200_000);
	server.behave(() => ok({ text: megabytes }));
	const about = (subject: string) => ask({ parameters: { messages: userMessage(subject) } });
	for (const subject of ['a', 'b', 'c', 'd', 'e']) await about(subject);
	expect(await about('e')).toHaveProperty('cached', true);
	expect(await about('a')).not.toHaveProperty('cached');
});
