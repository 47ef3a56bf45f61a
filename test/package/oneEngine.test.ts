import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, type ChatGptRun } from '../support/chatGptRun';
import { fail, ok, rateLimited } from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';
import { useTwoNodes } from './secondNode/useTwoNodes';

const packageFolder = useTwoNodes();
const server = useFaultServer();
let credential: IDataObject;
beforeEach(() => {
	// What is learned of an account, and its replies, are kept as long as the process: each test has its own.
	credential = { apiKey: `sk-test-${randomUUID()}` };
});

/** Runs the ChatGPT node of the package, and gives its items. */
async function runFirst({ node, ...run }: ChatGptRun = {}) {
	const { output, error } = await runChatGpt(server, { packageFolder, credential, node, ...run });
	expect(error).toBeUndefined();
	return output(node?.name ?? 'ChatGPT').map(({ json }) => json);
}

/** Runs the package's other node. */
const runSecond = (run?: ChatGptRun) =>
	runFirst({ ...run, node: { name: 'Second', type: 'n8n-nodes-chatgpt.second' } });

test('a second node waits for the pause that the first node met', async () => {
	server.behave(({ index }) => (index === 0 ? rateLimited({ retryAfter: { ms: 1500 } }) : ok()));
	const [failed] = await runFirst({ node: CONTINUE, options: { maxRetries: 0 } });
	expect(failed).toHaveProperty('error');
	expect(await runSecond()).toMatchObject([{ text: 'Reply to: Question 0' }]);
	const [limited, next] = server.requests;
	// Less what timers may be early.
	expect(next!.receivedAt - limited!.receivedAt).toBeGreaterThan(1400);
});

test('a second node sends no more requests at once than the first node found the server to bear', async () => {
	server.behave(({ index }) => (index === 0 ? fail({ status: 503 }) : ok({ latencyMs: 100 })));
	await runFirst({ node: CONTINUE, options: { maxRetries: 0 } });
	expect(await runSecond({ items: numberedItems(2) })).toHaveLength(2);
	expect(server.stats).toMatchObject({ requests: 3, maxInFlight: 1 });
});

test('a second node sends its requests over the connection of the first node', async () => {
	for (let time = 0; time < 2; time++) {
		await runFirst();
		await runSecond({ items: [{ json: { question: `Question of time ${time}` } }] });
	}
	expect(server.stats).toMatchObject({ requests: 4, socketsOpened: 1 });
});

test('a second node gets the reply that the first node cached', async () => {
	await runFirst({ options: { cacheReplies: 60 } });
	expect(await runSecond()).toEqual([{ text: 'Reply to: Question 0', cached: true }]);
	expect(server.requests).toHaveLength(1);
});

test('the first node gets the reply that a second node cached', async () => {
	await runSecond();
	expect(await runFirst({ options: { cacheReplies: 60 } })).toMatchObject([
		{ text: 'Reply to: Question 0', cached: true },
	]);
	expect(server.requests).toHaveLength(1);
});
