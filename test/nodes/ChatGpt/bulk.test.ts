import type { INodeExecutionData } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, userMessage } from '../../support/chatGptRun';
import { startFaultServer, type FaultServer } from '../../support/faultServer';

/** As many as the cache keeps. */
const COUNT = 10_000;
const items: INodeExecutionData[] = [...numberedItems(COUNT), { json: { question: null } }];
const early = { json: { question: 'Before all' } };

let server: FaultServer;
let result: Awaited<ReturnType<typeof ask>>;
const ask = (...items: INodeExecutionData[]) =>
	runChatGpt(server, {
		items,
		node: CONTINUE,
		parameters: { messages: userMessage('={{ $json.question ?? $("Nowhere").item.json.question }}') },
		options: { maxConcurrentRequests: 50, cacheReplies: 600 },
	});
beforeAll(async () => {
	server = await startFaultServer();
	await ask(early);
	result = await ask(...items);
}, 300_000);
afterAll(() => server.close());

describe('10,000 items', () => {
	test('come out in order, each with the item it answers', () => {
		const replies = result.output('ChatGPT').slice(0, COUNT);
		expect(replies.map(({ json, pairedItem }) => [json.text, pairedItem])).toEqual(
			Array.from({ length: COUNT }, (_, item) => [`Reply to: Question ${item}`, { item }]),
		);
	});

	test('are read one by one: an expression that fails for one more keeps none from being sent', () => {
		expect(result.output('ChatGPT')[COUNT]).toMatchObject({
			json: { error: "Referenced node doesn't exist" },
			pairedItem: { item: COUNT },
		});
		expect(result.hints('ChatGPT')[0]?.message).toMatch(/^10001 items: 10000 answered, 1 failed; /);
	});

	test('fill the cache, in which what was used least recently has made room', async () => {
		const sent = server.requests.length;
		await ask(items[COUNT - 1]!);
		expect(server.requests).toHaveLength(sent);
		await ask(early);
		expect(server.requests).toHaveLength(sent + 1);
	});
});
