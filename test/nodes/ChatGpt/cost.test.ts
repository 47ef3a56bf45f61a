import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, type ChatGptRun, onlyItem } from '../../support/chatGptRun';
import { fail, ok } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const usage = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
/** 1,000 × 0.40 and 500 × 1.60 USD per million tokens. */
const MINI_COST = 0.0012;

/** Azure is Azure at any address, so that a server of the tests has published prices. */
async function onAzure(run: ChatGptRun = {}) {
	const deploymentUrl = `${server.url}/openai/deployments/mini`;
	const { output, hints } = await runChatGpt(server, {
		...run,
		credential: { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21', ...run.credential },
	});
	return { items: output('ChatGPT').map(({ json }) => json), hint: hints('ChatGPT')[0]?.message };
}

const pricesOption = (...values: INodeParameters[]) => ({ prices: { values } });

test('an item has its cost after its usage, and the hint their sum', async () => {
	server.behave(({ index }) =>
		ok({ model: 'gpt-4.1-mini-2025-04-14', usage: { ...usage, prompt_tokens: 1000 * (index + 1) } }),
	);
	const { items, hint } = await onAzure({ items: numberedItems(3), options: { maxConcurrentRequests: 1 } });
	expect(items.map(({ costUsd }) => costUsd)).toEqual([0.0012, 0.0016, 0.002]);
	expect(Object.keys(items[0]!).slice(0, 6)).toEqual([
		...['text', 'finishReason', 'model', 'usage', 'costUsd', 'latencyMs'],
	]);
	expect(hint).toBe('3 items: 3 answered, 0 failed; 6000 prompt and 1500 completion tokens; about $0.00480.');
});

test('a streamed reply costs the same as a whole one', async () => {
	server.behave(() => ok({ model: 'gpt-4.1-mini', usage }));
	const { items } = await onAzure({ options: { streamFromApi: true } });
	expect(items[0]).toMatchObject({ costUsd: MINI_COST, timeToFirstTokenMs: expect.any(Number) });
});

test('several choices cost what they cost together', async () => {
	server.behave(() => ok({ usage }));
	const { items } = await onAzure({ options: { n: 3 } });
	expect(items[0]).toMatchObject({ costUsd: MINI_COST, choices: [{}, {}, {}] });
});

test('the cost is that of the model that answered', async () => {
	server.behave(({ body }) =>
		(body as { model: string }).model === 'gpt-4.1-mini'
			? fail({ status: 404, code: 'model_not_found' })
			: ok({ usage }),
	);
	const { items } = await onAzure({ options: { fallbackModels: ['gpt-4.1'] } });
	expect(items[0]).toMatchObject({ model: 'gpt-4.1', costUsd: 0.006 });
});

test('an unknown cost is null, and the hint says of how many replies', async () => {
	server.behave(({ index }) => ok({ model: index === 0 ? 'gpt-4.1-mini' : 'my-own', usage }));
	const { items, hint } = await onAzure({ items: numberedItems(3), options: { maxConcurrentRequests: 1 } });
	expect(items.map(({ costUsd }) => costUsd)).toEqual([MINI_COST, null, null]);
	expect(hint).toContain('; about $0.00120 without 2 replies of unknown price.');
});

test('a server of unknown prices gives a cost of null, and the hint says nothing of it', async () => {
	const { output, hints } = await runChatGpt(server, { items: numberedItems(2) });
	expect(output('ChatGPT').map(({ json }) => json.costUsd)).toEqual([null, null]);
	expect(hints('ChatGPT')[0]?.message).toMatch(/completion tokens\.$/);
});

test('a reply from the cache costs nothing', async () => {
	server.behave(() => ok({ usage }));
	const items = numberedItems(2).map(() => ({ json: { question: 'The same' } }));
	const run = await onAzure({
		items,
		options: { cacheReplies: 60 },
		credential: { apiKey: 'sk-of-the-cost-test' },
	});
	expect(run.items.map(({ costUsd }) => costUsd)).toEqual([MINI_COST, 0]);
	expect(run.hint).toContain('about $0.00120.');
});

test('a reply that cannot be used is paid for: the error says what, and the hint has it', async () => {
	server.behave(({ rawBody }) =>
		ok({ usage, text: rawBody.includes('Question 0') ? '{"fine": true}' : 'no JSON' }),
	);
	const { items, hint } = await onAzure({
		items: numberedItems(2),
		node: CONTINUE,
		parameters: { responseFormat: 'jsonObject' },
	});
	expect(items).toMatchObject([
		{ costUsd: MINI_COST },
		{ details: { usage: { promptTokens: 2000 }, costUsd: 2 * MINI_COST } },
	]);
	expect(hint).toContain('about $0.00360.');
});

test('the hint has the sum of the costs with Simplify off, too', async () => {
	server.behave(() => ok({ usage }));
	const { items, hint } = await onAzure({ items: numberedItems(10), options: { simplify: false } });
	expect(items[0]).not.toHaveProperty('costUsd');
	expect(hint).toContain('about $0.0120.');
});

describe('the option Prices', () => {
	const mine = { model: 'gpt-4.1-mini', input: 2, cachedInput: 0.5, output: 8 };
	const others = { model: '', input: 1, cachedInput: 0, output: 3 };

	const cost = async (options: IDataObject, model?: string) => {
		server.behave(() => ok({ ...(model && { model }), usage }));
		const item = onlyItem(
			await runChatGpt(server, {
				options: options as INodeParameters,
				node: CONTINUE,
			}),
		);
		return item;
	};

	test('the option Prices gives a price to models that have none', async () => {
		const both = pricesOption(mine, others);
		expect(await cost(both)).toMatchObject({ costUsd: 0.006 });
		expect(await cost(pricesOption(others))).toMatchObject({ costUsd: 0.0025 });
		expect(await cost(pricesOption(others, mine))).toMatchObject({ costUsd: 0.006 });
		expect(await cost(pricesOption({ ...mine, model: 'other' }))).toMatchObject({ costUsd: null });
	});

	test('the option Prices wins over the published price', async () => {
		server.behave(() => ok({ usage }));
		const { items } = await onAzure({ options: pricesOption(others) });
		expect(items[0]).toMatchObject({ costUsd: 0.0025 });
	});

	test('the option Prices counts cached input', async () => {
		const cached = { ...usage, prompt_tokens_details: { cached_tokens: 800 } };
		server.behave(() => ok({ body: { usage: cached } }));
		const item = onlyItem(await runChatGpt(server, { options: pricesOption(mine) }));
		expect(item.costUsd).toBe(0.0048);
	});

	test.each([
		[{ ...mine, input: -1 }, 'Prices, Input must be a number of 0 or more, but is -1'],
		[{ ...mine, output: 'much' }, 'Prices, Output must be a number of 0 or more, but is "much"'],
	])('a price such as %j is an error before anything is sent', async (price, error) => {
		expect(await cost(pricesOption(price))).toMatchObject({ error });
		expect(server.requests).toEqual([]);
	});
});
