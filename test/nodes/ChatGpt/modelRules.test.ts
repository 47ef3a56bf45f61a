import type { INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';
import { ChatGpt } from '../../../nodes/ChatGpt/ChatGpt.node';
import { numberedItems, runChatGpt } from '../../support/chatGptRun';
import { refusingLikeOpenAi } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const model = (value: string) => ({ __rl: true, mode: 'id', value });
const messages = {
	values: [
		{ role: 'system', content: 'Be brief.' },
		{ role: 'user', content: '={{ $json.question }}' },
	],
};

test('a model that reasons gets what it takes, and each item says what was changed', async () => {
	server.behave(refusingLikeOpenAi());
	const { error, output } = await runChatGpt(server, {
		items: numberedItems(3),
		parameters: { model: model('gpt-5'), messages, temperature: 0.2, maxTokens: 50 },
	});
	expect(error).toBeUndefined();
	expect(server.requests.map(({ body }) => body as unknown)).toEqual(
		[0, 1, 2].map((number) => ({
			model: 'gpt-5',
			messages: [
				{ role: 'system', content: 'Be brief.' },
				{ role: 'user', content: `Question ${number}` },
			],
			max_completion_tokens: 50,
		})),
	);
	expect(output('ChatGPT').map(({ json }) => json)).toMatchObject(
		[0, 1, 2].map((number) => ({
			text: `Reply to: Question ${number}`,
			attempts: 1,
			warnings: [
				{
					feature: 'max_tokens',
					message:
						'Sent as max_completion_tokens, because gpt-5 does not take max_tokens; it counts reasoning tokens too.',
				},
				{ feature: 'temperature', message: 'Left out, because gpt-5 does not take it.' },
			],
		})),
	);
});

test('a run of 100 items gets the rejections of an unknown model at most once per request under way', async () => {
	server.behave(refusingLikeOpenAi({ aliases: { 'my-deployment': 'o3' } }));
	const { error, output } = await runChatGpt(server, {
		items: numberedItems(100),
		parameters: { model: model('my-deployment'), temperature: 0.2, maxTokens: 50 },
		options: { maxConcurrentRequests: 5 },
	});
	expect(error).toBeUndefined();
	const items = output('ChatGPT').map(({ json }) => json);
	expect(items.map(({ text }) => text)).toEqual(items.map((_, number) => `Reply to: Question ${number}`));
	expect(server.stats.requests - 100).toBeGreaterThanOrEqual(2);
	expect(server.stats.requests - 100).toBeLessThanOrEqual(2 * 5);
	for (const { warnings } of items) {
		expect((warnings as Array<{ feature: string }>).map(({ feature }) => feature)).toEqual([
			'max_tokens',
			'temperature',
		]);
	}
});

test('the option Reasoning Effort has every level of the API', () => {
	const options = new ChatGpt().description.properties.find(({ name }) => name === 'options')?.options ?? [];
	const effort = (options as Array<INodePropertyCollection & { options: INodePropertyOptions[] }>).find(
		({ name }) => name === 'reasoningEffort',
	);
	expect(effort?.options.map(({ value }) => value).sort()).toEqual(
		['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].sort(),
	);
});
