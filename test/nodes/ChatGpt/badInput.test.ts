import type { INodeParameters } from 'n8n-workflow';
import { CONTINUE, errorItemOf, numberedItems, runChatGpt, userMessage } from '../../support/chatGptRun';
import { startFaultServer, type FaultServer } from '../../support/faultServer';

let server: FaultServer;
// A new one for each test: what a client has learned of a server, such as a rate limit, must not reach the next test.
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

describe('bad input', () => {
	const messages = (role: unknown, content: unknown) => ({ values: [{ role, content }] }) as INodeParameters;
	test.each<[string, INodeParameters, INodeParameters, string, string]>([
		['no message', { messages: {} }, {}, 'Messages', 'There is no message to send'],
		[
			'an empty message',
			{ messages: userMessage('  ') },
			{},
			'Messages, message 1',
			'Message 1 (user) is empty',
		],
		[
			'a message from a missing field',
			{ messages: userMessage('={{ $json.missing }}') },
			{},
			'Messages, message 1',
			'Message 1 (user) is empty',
		],
		[
			'an unknown role',
			{ messages: messages('={{ "boss" }}', 'Hi') },
			{},
			'Messages, message 1, Role',
			'Messages, message 1, Role must be one of system, developer, user, assistant, but is "boss"',
		],
		[
			'no model',
			{ model: { __rl: true, mode: 'id', value: '={{ "" }}' } },
			{},
			'Model',
			'No model is chosen',
		],
		[
			'a temperature out of range',
			{ temperature: '={{ 3 }}' },
			{},
			'Temperature',
			'Temperature must be a number between 0 and 2, but is 3',
		],
		[
			'a temperature that is no number',
			{ temperature: '={{ "hot" }}' },
			{},
			'Temperature',
			'Temperature must be a number between 0 and 2, but is "hot"',
		],
		[
			'a fraction of a token',
			{ maxTokens: '={{ 0.5 }}' },
			{},
			'Maximum Tokens',
			'Maximum Tokens must be a whole number of 0 or more, but is 0.5',
		],
		[
			'five stop sequences',
			{},
			{ stop: ['1', '2', '3', '4', '5'] },
			'Stop Sequences',
			'There are 5 stop sequences, but the API takes at most 4',
		],
		[
			'broken JSON',
			{},
			{ extraBody: '{"a": }' },
			'Extra Body',
			'Extra Body must be a JSON object, but is "{"a": }"',
		],
		[
			'a list instead of an object',
			{},
			{ logitBias: '[1]' },
			'Logit Bias',
			'Logit Bias must be a JSON object, but is "[1]"',
		],
		[
			'stream in the extra body',
			{},
			{ extraBody: '{"stream": true}' },
			'Extra Body',
			'Extra Body may not set "stream", because the node sets it itself',
		],
		[
			'an output field that n8n takes for a failure',
			{},
			{ outputField: 'error' },
			'Output Field',
			'Output Field may not be "error", which n8n keeps for itself',
		],
		['an object for a text', {}, { user: '={{ { a: 1 } }}' }, 'User', 'User must be a text, but is {"a":1}'],
		[
			'neither yes nor no',
			{},
			{ simplify: '={{ "maybe" }}' },
			'Simplify',
			'Simplify must be true or false, but is "maybe"',
		],
		[
			'negative retries',
			{},
			{ maxRetries: '={{ -1 }}' },
			'Max Retries',
			'Max Retries must be a whole number between 0 and 100, but is -1',
		],
	])('%s is refused before anything is sent', async (_name, parameters, options, parameter, message) => {
		const item = await errorItemOf(server, { parameters, options });
		expect(item.error).toBe(message);
		expect(item.details).toEqual({
			parameter,
			hint: expect.stringMatching(/^[A-Z].{10,}/),
			itemAtFault: true,
		});
		expect(server.requests).toHaveLength(0);
	});

	test('in one item leaves the others alone, and names the item when the workflow stops', async () => {
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
	])('base URL %s stops the node with its reason', async (baseUrl, message) => {
		const { error } = await runChatGpt(server, { credential: { baseUrl } });
		expect(error?.message).toContain(message);
		expect(error?.description).toMatch(/^Credential: (Enter an address such as|Remove it, and sign in)/);
	});

	test('in the credential makes every item an error item when the workflow goes on', async () => {
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

	test('Custom API Call says where to go instead', async () => {
		const { error } = await runChatGpt(server, { parameters: { operation: '__CUSTOM_API_CALL__' } });
		expect(error?.message).toBe('Custom API Call is not an operation of this node');
		expect(error?.description).toContain('HTTP Request');
	});
});
