import type { INodeParameters } from 'n8n-workflow';
import { CONTINUE, errorItemOf, numberedItems, runChatGpt, userMessage } from '../../support/chatGptRun';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const messages = (role: unknown, content: unknown) => ({ values: [{ role, content }] }) as INodeParameters;
test.each<{
	name: string;
	parameters?: INodeParameters;
	options?: INodeParameters;
	parameter: string;
	message: string;
}>([
	{
		name: 'no message',
		parameters: { messages: {} },
		parameter: 'Messages',
		message: 'There is no message to send',
	},
	{
		name: 'an empty message',
		parameters: { messages: userMessage('  ') },
		parameter: 'Messages, message 1',
		message: 'Message 1 (user) is empty',
	},
	{
		name: 'a message from a missing field',
		parameters: { messages: userMessage('={{ $json.missing }}') },
		parameter: 'Messages, message 1',
		message: 'Message 1 (user) is empty',
	},
	{
		name: 'an unknown role',
		parameters: { messages: messages('={{ "boss" }}', 'Hi') },
		parameter: 'Messages, message 1, Role',
		message: 'Messages, message 1, Role must be one of system, developer, user, assistant, but is "boss"',
	},
	{
		name: 'no model',
		parameters: { model: { __rl: true, mode: 'id', value: '={{ "" }}' } },
		parameter: 'Model',
		message: 'No model is chosen',
	},
	{
		name: 'a temperature out of range',
		parameters: { temperature: '={{ 3 }}' },
		parameter: 'Temperature',
		message: 'Temperature must be a number between 0 and 2, but is 3',
	},
	{
		name: 'a temperature that is no number',
		parameters: { temperature: '={{ "hot" }}' },
		parameter: 'Temperature',
		message: 'Temperature must be a number between 0 and 2, but is "hot"',
	},
	{
		name: 'a fraction of a token',
		parameters: { maxTokens: '={{ 0.5 }}' },
		parameter: 'Maximum Tokens',
		message: 'Maximum Tokens must be a whole number of 0 or more, but is 0.5',
	},
	{
		name: 'five stop sequences',
		options: { stop: ['1', '2', '3', '4', '5'] },
		parameter: 'Stop Sequences',
		message: 'There are 5 stop sequences, but the API takes at most 4',
	},
	{
		name: 'broken JSON',
		options: { extraBody: '{"a": }' },
		parameter: 'Extra Body',
		message: 'Extra Body must be a JSON object, but is "{"a": }"',
	},
	{
		name: 'a list instead of an object',
		options: { logitBias: '[1]' },
		parameter: 'Logit Bias',
		message: 'Logit Bias must be a JSON object, but is "[1]"',
	},
	{
		name: 'stream in the extra body',
		options: { extraBody: '{"stream": true}' },
		parameter: 'Extra Body',
		message: 'Extra Body may not set "stream", because the node sets it itself',
	},
	{
		name: 'an output field that n8n takes for a failure',
		options: { outputField: 'error' },
		parameter: 'Output Field',
		message: 'Output Field may not be "error", which n8n keeps for itself',
	},
	{
		name: 'an object for a text',
		options: { user: '={{ { a: 1 } }}' },
		parameter: 'User',
		message: 'User must be a text, but is {"a":1}',
	},
	{
		name: 'neither yes nor no',
		options: { simplify: '={{ "maybe" }}' },
		parameter: 'Simplify',
		message: 'Simplify must be true or false, but is "maybe"',
	},
	{
		name: 'negative retries',
		options: { maxRetries: '={{ -1 }}' },
		parameter: 'Max Retries',
		message: 'Max Retries must be a whole number between 0 and 100, but is -1',
	},
])('$name is rejected before anything is sent', async ({ parameters, options, parameter, message }) => {
	const item = await errorItemOf(server, { parameters, options });
	expect(item.error).toBe(message);
	expect(item.details).toEqual({
		parameter,
		hint: expect.stringMatching(/^[A-Z].{10,}/),
		itemAtFault: true,
	});
	expect(server.requests).toHaveLength(0);
});

test('bad input in one item leaves the others alone, and names the item when the workflow stops', async () => {
	const items = numberedItems(3);
	items[1]!.json.question = '';
	const going = await runChatGpt(server, { items, node: CONTINUE });
	expect(going.output('ChatGPT').map((item) => item.json.text ?? item.json.error)).toEqual([
		'Reply to: Question 0',
		'Message 1 (user) is empty',
		'Reply to: Question 2',
	]);
	const { error } = await runChatGpt(server, { items });
	expect(error).toMatchObject({
		message: 'Message 1 (user) is empty',
		description: expect.stringMatching(/^Item 1, Messages, message 1: Write its content/),
		context: { itemIndex: 1 },
	});
});

test.each([
	['ftp://example.com', 'The base URL "ftp://example.com" does not start with http:// or https://'],
	['api.example.com', 'The base URL "api.example.com" is not a web address'],
	['', 'The base URL is empty'],
	['https://me:secret@example.com/v1', 'The base URL holds a user name or password'],
])('the base URL "%s" stops the node with its reason', async (baseUrl, message) => {
	const { error } = await runChatGpt(server, { credential: { baseUrl } });
	expect(error?.message).toContain(message);
	expect(error?.description).toMatch(/^Credential: (Enter an address such as|Remove it, and sign in)/);
});

test('a bad base URL makes every item an error item when the workflow goes on', async () => {
	const { output, error } = await runChatGpt(server, {
		items: numberedItems(2),
		node: { onError: 'continueErrorOutput' },
		credential: { baseUrl: 'nowhere' },
	});
	expect(error).toBeUndefined();
	expect(output('ChatGPT', 0)).toEqual([]);
	expect(output('ChatGPT', 1).map((item) => item.json.error)).toEqual([
		'The base URL "nowhere" is not a web address',
		'The base URL "nowhere" is not a web address',
	]);
});

test('Custom API Call fails and says where to go instead', async () => {
	const { error } = await runChatGpt(server, { parameters: { operation: '__CUSTOM_API_CALL__' } });
	expect(error?.message).toBe('Custom API Call is not an operation of this node');
	expect(error?.description).toContain('HTTP Request');
});
