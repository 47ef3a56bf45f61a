import type { INodeExecutionData } from 'n8n-workflow';
import { numberedItems, runChatGpt } from '../../support/chatGptRun';
import { useFaultServer } from '../../support/useFaultServer';

/** As many as the cache keeps. */
const COUNT = 10_000;
const server = useFaultServer();

const ask = (...items: INodeExecutionData[]) =>
	runChatGpt(server, { items, options: { maxConcurrentRequests: 50, cacheReplies: 600 } });

test('the reply used least recently makes room in a full cache', async () => {
	const early = { json: { question: 'Before all' } };
	const items = numberedItems(COUNT);
	await ask(early);
	await ask(...items);
	expect(server.requests).toHaveLength(COUNT + 1);
	await ask(items[COUNT - 1]!);
	expect(server.requests).toHaveLength(COUNT + 1);
	await ask(early);
	expect(server.requests).toHaveLength(COUNT + 2);
}, 300_000);
