import type { INodeExecutionData } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, userMessage } from '../../support/chatGptRun';
import { useFaultServer } from '../../support/useFaultServer';

const COUNT = 2000;
const server = useFaultServer();

const ask = (items: INodeExecutionData[]) =>
	runChatGpt(server, {
		items,
		node: CONTINUE,
		parameters: { messages: userMessage('={{ $json.question ?? $("Nowhere").item.json.question }}') },
		options: { maxConcurrentRequests: 50 },
	});

test('2,000 items come out in order, each with the item it answers', async () => {
	const { output } = await ask(numberedItems(COUNT));
	expect(output('ChatGPT').map(({ json, pairedItem }) => [json.text, pairedItem])).toEqual(
		Array.from({ length: COUNT }, (_, item) => [`Reply to: Question ${item}`, { item }]),
	);
});

test('an expression that fails for the last of 2,000 items keeps none from being sent', async () => {
	const items = [...numberedItems(COUNT - 1), { json: { question: null } }];
	const { output, hints } = await ask(items);
	expect(output('ChatGPT').at(-1)).toMatchObject({
		json: { error: "Referenced node doesn't exist" },
		pairedItem: { item: COUNT - 1 },
	});
	expect(hints('ChatGPT')[0]?.message).toMatch(/^2000 items: 1999 answered, 1 failed; /);
});
