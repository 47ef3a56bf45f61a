import { inputsFor } from '../../../nodes/ChatGpt/inputs';
import { numberedItems, runChatGpt } from '../../support/chatGptRun';
import { startFaultServer, type FaultServer } from '../../support/faultServer';
import { textCompletion } from '../../support/textCompletion';
import { toolNode } from '../../support/toolNodes';

let server: FaultServer;
beforeAll(async () => {
	server = await startFaultServer({ behave: textCompletion });
});
afterAll(() => server.close());

const types = (resource?: string) =>
	inputsFor({ ...(resource !== undefined && { resource }) }).map(({ type }) => type);

test('a memory and tools can be connected to a chat, which uses them', () => {
	expect(types()).toEqual(['main', 'ai_memory', 'ai_tool']);
	expect(types('chat')).toEqual(types());
});

test.each(['completion', 'model', 'moderation', 'text'])(
	'%s has no connection that does nothing',
	(resource) => {
		expect(types(resource)).toEqual(['main']);
	},
);

test('what was connected before the resource was changed does not matter', async () => {
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
	expect(output('ChatGPT')[0]!.json.text).toContain('Roses are goes on');
});
