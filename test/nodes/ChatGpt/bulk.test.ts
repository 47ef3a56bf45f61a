import { numberedItems, runChatGpt, type ChatGptRun } from '../../support/chatGptRun';
import { startFaultServer, type FaultServer } from '../../support/faultServer';

/** The last one fails, so that 10,000 are answered: as many as the cache keeps. */
const COUNT = 10_001;

let server: FaultServer;
let result: Awaited<ReturnType<typeof ask>>;
const ask = (run: ChatGptRun) =>
	runChatGpt(server, {
		node: { onError: 'continueRegularOutput' },
		...run,
		options: { cacheReplies: 600, ...run.options },
	});
beforeAll(async () => {
	server = await startFaultServer();
	await ask({ items: [{ json: { question: 'Before all' } }] });
	result = await ask({
		items: numberedItems(COUNT),
		options: {
			maxConcurrentRequests: 50,
			user: `={{ $json.number === ${COUNT - 1} ? $("nowhere").item.json.name : "me" }}`,
		},
	});
}, 120_000);
afterAll(() => server.close());

describe('10,000 items', () => {
	test('come out in order, each with the item it answers', () => {
		const replies = result.output('ChatGPT').slice(0, -1);
		expect(replies.map(({ json, pairedItem }) => [json.text, pairedItem])).toEqual(
			Array.from({ length: COUNT - 1 }, (_, item) => [`Reply to: Question ${item}`, { item }]),
		);
	});

	test('are read one by one: what is wrong with the last keeps none from being sent', () => {
		expect(result.output('ChatGPT')[COUNT - 1]).toMatchObject({
			json: { error: "Referenced node doesn't exist" },
			pairedItem: { item: COUNT - 1 },
		});
		expect(result.hints('ChatGPT')[0]?.message).toMatch(/^10001 items: 10000 answered, 1 failed; /);
	});

	test('fill the cache, and what was used least recently has made room', async () => {
		const sent = server.requests.length;
		const [last] = numberedItems(COUNT - 1).slice(-1);
		await ask({ items: [last!], options: { user: 'me' } });
		expect(server.requests).toHaveLength(sent);
		await ask({ items: [{ json: { question: 'Before all' } }] });
		expect(server.requests).toHaveLength(sent + 1);
	});
});
