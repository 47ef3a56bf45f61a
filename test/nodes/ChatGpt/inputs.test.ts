import { inputsFor } from '../../../nodes/ChatGpt/inputs';
import { numberedItems, runChatGpt, onlyItem } from '../../support/chatGptRun';
import { textCompletion } from '../../support/textCompletion';
import { toolNode } from '../../support/toolNodes';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer({ behave: textCompletion });

const types = (resource?: string) =>
	inputsFor({ ...(resource !== undefined && { resource }) }).map(({ type }) => type);

test('a memory and tools can be connected to a chat, which uses them', () => {
	expect(types()).toEqual(['main', 'ai_memory', 'ai_tool']);
	expect(types('chat')).toEqual(types());
});

test.each(['completion', 'model', 'moderation', 'text'])(
	'the resource %s has no inputs for a memory or tools',
	(resource) => {
		expect(types(resource)).toEqual(['main']);
	},
);

test('a memory and tools connected before the resource was changed do no harm', async () => {
	const { output, error } = await runChatGpt(server, {
		items: numberedItems(1),
		memory: { sessionKey: 'a' },
		tools: [toolNode('fail', { does: 'fail' })],
		parameters: {
			resource: 'completion',
			completionModel: { __rl: true, mode: 'id', value: 'gpt-3.5-turbo-instruct' },
			prompt: 'Roses are',
		},
	});
	expect(error).toBeUndefined();
	expect(onlyItem({ output }).text).toContain('Roses are goes on');
});
