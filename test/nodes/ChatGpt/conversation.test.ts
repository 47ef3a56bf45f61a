import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTINUE, runChatGpt, userMessage, onlyItem } from '../../support/chatGptRun';
import { ok } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const system = (content: string) => ({ role: 'system', content });
const CALL = {
	role: 'assistant',
	content: null,
	tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'clock', arguments: '{}' } }],
};
const RESULT = { role: 'tool', tool_call_id: 'call_1', content: '12:00' };

/** Sends an item with this field `chat`; gives the messages that were sent and the output. */
async function send(chat: unknown, parameters: INodeParameters = {}, options: INodeParameters = {}) {
	server.requests.length = 0;
	const { output, error } = await runChatGpt(server, {
		items: [{ json: { chat, question: 'Now' } as IDataObject }],
		parameters: { messagesSource: 'json', messagesJson: '={{ $json.chat }}', ...parameters },
		options,
		node: CONTINUE,
	});
	expect(error).toBeUndefined();
	const [request] = server.requests;
	return { messages: (request?.body as IDataObject | undefined)?.messages, json: onlyItem({ output }) };
}

describe('messages from JSON', () => {
	test.each<[string, unknown, unknown]>([
		['a list', [system('S'), user('Hi')], [system('S'), user('Hi')]],
		['a list as text', JSON.stringify([user('Hi')]), [user('Hi')]],
		['a single text', 'Hi there', [user('Hi there')]],
		['a text that begins with a bracket', '[sic] Hi', [user('[sic] Hi')]],
		['a text in brackets', '[1] First\n[2] Second', [user('[1] First\n[2] Second')]],
		['a text with code', '```js\n[1].map(f)\n```\nWhy?', [user('```js\n[1].map(f)\n```\nWhy?')]],
		['one message', user('Hi'), [user('Hi')]],
		['one message as text', JSON.stringify(user('Hi')), [user('Hi')]],
		['a request', { model: 'gpt', messages: [user('Hi')] }, [user('Hi')]],
		['a request as text', `\n${JSON.stringify({ messages: [user('Hi')] })}\n`, [user('Hi')]],
		['parts', [user([{ type: 'text', text: 'Hi' }])], [user([{ type: 'text', text: 'Hi' }])]],
		[
			'a tool call and its answer',
			[user('Time?'), CALL, RESULT, user('Thanks')],
			[user('Time?'), CALL, RESULT, user('Thanks')],
		],
	])('Messages (JSON) may be %s', async (_, chat, expected) => {
		expect((await send(chat)).messages).toEqual(expected);
	});

	test('Messages (JSON) may be typed into the field', async () => {
		expect((await send(null, { messagesJson: '[{"role": "user", "content": "Hi"}]' })).messages).toEqual([
			user('Hi'),
		]);
	});

	test.each<[string, unknown, string]>([
		['nothing', [], 'There is no message to send'],
		['null', null, 'There is no message to send'],
		['a number', 5, 'Messages (JSON) must be a list of messages, but is 5'],
		[
			'an object',
			{ name: 'Ann' },
			'Messages (JSON) must be a list of messages, but is an object without "messages": {"name":"Ann"}',
		],
		[
			'an object as text',
			'{"name": "Ann"}',
			'Messages (JSON) must be a list of messages, but is an object without "messages": {"name":"Ann"}',
		],
		[
			'half a message',
			{ role: 'user' },
			'Messages (JSON), message 1 (user) has no content: it must be a text or a list of parts, but is undefined',
		],
		['a broken object', '{"role": ', 'Messages (JSON) is not valid JSON: "{"role": "'],
		['a list of texts as text', '["Hi", "Ho"]', 'Messages (JSON), message 1 must be an object, but is "Hi"'],
		[
			'a list in a list',
			[[user('Hi')]],
			'Messages (JSON), message 1 must be an object, but is [{"role":"user","content":"Hi"}]',
		],
		[
			'a list in a list as text',
			'[[{"role": "user", "content": "Hi"}]]',
			'Messages (JSON), message 1 must be an object, but is [{"role":"user","content":"Hi"}]',
		],
		[
			'a list with something else in it',
			[user('Hi'), 'Ho'],
			'Messages (JSON), message 2 must be an object, but is "Ho"',
		],
		[
			'a fenced list',
			'```json\n[{"role": "user", "content": "Hi"}]\n```',
			'Messages (JSON) begins with a Markdown fence (```) instead of a list of messages',
		],
		['a message without role', [{ content: 'Hi' }], 'Messages (JSON), message 1 has no role'],
		['broken JSON', '[{"role": ', 'Messages (JSON) is not valid JSON: "[{"role": "'],
		[
			'an unknown role',
			[{ role: 'boss', content: 'Hi' }],
			'Messages (JSON), message 1 has the role "boss", which is none of system, developer, user, assistant, tool, function',
		],
		['a list of texts', ['Hi'], 'Messages (JSON), message 1 must be an object, but is "Hi"'],
		[
			'a message without content',
			[user('Hi'), user('')],
			'Messages (JSON), message 2 (user) has no content: it must be a text or a list of parts, but is ""',
		],
		[
			'a tool result without its ID',
			[{ role: 'tool', content: '1' }],
			'Messages (JSON), message 1 answers a tool call, but has no tool_call_id',
		],
	])('Messages (JSON) may not be %s', async (_, chat, error) => {
		const { json, messages } = await send(chat);
		expect(json).toMatchObject({ error, details: { hint: expect.any(String) } });
		expect(messages).toBeUndefined();
	});

	test.each<{ name: string; parameters: INodeParameters; error: string; hint: string }>([
		{
			name: 'an expression with a line break after it',
			parameters: { messagesJson: '={{ $json.chat }}\n' },
			error:
				'Messages (JSON) contains "[object Object]", which is what becomes of a list or an object within a text',
			hint: 'Let the expression stand alone',
		},
		{
			name: 'the whole item',
			parameters: { messagesJson: '={{ $json }}' },
			error: 'Messages (JSON) must be a list of messages, but is an object without "messages": {"chat":',
			hint: 'Give the field that holds the list, such as {{ $json.conversation }}',
		},
		{
			name: 'quotes in a value',
			parameters: { messagesJson: '=[{"role": "user", "content": "{{ $json.chat[1].content }}"}]' },
			error: 'Messages (JSON) is not valid JSON: ',
			hint: 'JSON.stringify($json.question)',
		},
	])(
		'the error of Messages (JSON) names the mistake of an expression: $name',
		async ({ parameters, error, hint }) => {
			const { json, messages } = await send([user('Hi'), assistant('"Hello"')], parameters);
			expect(messages).toBeUndefined();
			expect(json).toMatchObject({
				error: expect.stringContaining(error),
				details: { parameter: 'Messages (JSON)', hint: expect.stringContaining(hint) },
			});
		},
	);

	test.each([
		['human', 'user'],
		['User', 'user'],
		['ai', 'assistant'],
		['bot', 'assistant'],
	])('the error for the role %s names the role %s', async (role, meant) => {
		const { json } = await send([{ role, content: 'Hi' }]);
		expect(json.details).toMatchObject({ hint: `Write "${meant}" instead of "${role}"` });
	});

	test('the messages from JSON come before those of the fields', async () => {
		const parameters = { messagesSource: 'both', messages: userMessage('={{ $json.question }}') };
		const { messages } = await send([user('Hi'), assistant('Hello')], parameters);
		expect(messages).toEqual([user('Hi'), assistant('Hello'), user('Now')]);
	});

	test('the messages from JSON may be missing at the first turn, when those of the fields follow', async () => {
		const parameters = { messagesSource: 'both', messages: userMessage('={{ $json.question }}') };
		expect((await send(undefined, parameters)).messages).toEqual([user('Now')]);
	});
});

describe('the conversation in the output', () => {
	test('the output has the conversation only when asked for', async () => {
		expect((await send('Hi')).json).not.toHaveProperty('conversation');
	});

	test('the conversation in the output can be sent as the beginning of the next turn', async () => {
		const { json } = await send('Hi', {}, { includeConversation: true });
		expect(json.conversation).toEqual([user('Hi'), assistant('Reply to: Hi')]);
		const parameters = { messagesSource: 'both', messages: userMessage('={{ $json.question }}') };
		expect((await send(json.conversation, parameters)).messages).toEqual([
			user('Hi'),
			assistant('Reply to: Hi'),
			user('Now'),
		]);
	});

	test('the instructions that conversation and fields both have are sent once, and first', async () => {
		const parameters = {
			messagesSource: 'both',
			messages: {
				values: [
					{ role: 'system', content: 'Be brief' },
					{ role: 'user', content: '={{ $json.question }}' },
				],
			},
		};
		const options = { includeConversation: true };
		const { json } = await send([], parameters, options);
		expect((await send(json.conversation, parameters, options)).messages).toEqual([
			system('Be brief'),
			user('Now'),
			assistant('Reply to: Now'),
			user('Now'),
		]);
		expect((await send([system('Other'), user('Hi'), assistant('Ho')], parameters)).messages).toEqual([
			system('Be brief'),
			system('Other'),
			user('Hi'),
			assistant('Ho'),
			user('Now'),
		]);
	});

	test('the conversation in the output keeps a tool call', async () => {
		const message = { ...CALL, refusal: null };
		server.behave(() => ok({ body: { choices: [{ index: 0, message, finish_reason: 'tool_calls' }] } }));
		const { json } = await send('Time?', {}, { includeConversation: true });
		expect(json.conversation).toEqual([user('Time?'), CALL]);
	});

	test("the conversation is in the output next to the API's own JSON, too", async () => {
		const { json } = await send('Hi', {}, { includeConversation: true, simplify: false });
		expect(json).toMatchObject({
			object: 'chat.completion',
			conversation: [user('Hi'), assistant('Reply to: Hi')],
		});
	});
});

describe('Max History', () => {
	const CHAT = [
		system('S'),
		user('1'),
		assistant('One'),
		user('2'),
		CALL,
		RESULT,
		assistant('Two'),
		user('3'),
	];
	test.each<[number, unknown[]]>([
		[0, [system('S'), user('3')]],
		[1, [system('S'), user('2'), CALL, RESULT, assistant('Two'), user('3')]],
		[2, CHAT],
		[9, CHAT],
	])(
		'Max History %i keeps so many whole exchanges, the instructions and the question',
		async (maxHistory, expected) => {
			expect((await send(CHAT, {}, { maxHistory })).messages).toEqual(expected);
		},
	);

	test.each<{ name: string; maxHistory: number; chat: unknown[]; expected: unknown[] }>([
		{
			name: 'the only question, though answered',
			maxHistory: 0,
			chat: [user('Q'), assistant('{')],
			expected: [user('Q'), assistant('{')],
		},
		{
			name: 'the question and the beginning of its answer',
			maxHistory: 0,
			chat: [system('S'), user('1'), assistant('One'), user('Q'), assistant('{')],
			expected: [system('S'), user('Q'), assistant('{')],
		},
		{
			name: 'the exchange before a question with the beginning of its answer',
			maxHistory: 1,
			chat: [user('0'), assistant('Zero'), user('1'), assistant('One'), user('Q'), assistant('{')],
			expected: [user('1'), assistant('One'), user('Q'), assistant('{')],
		},
		{
			name: 'a question in several messages',
			maxHistory: 0,
			chat: [user('A'), system('S'), user('B')],
			expected: [user('A'), system('S'), user('B')],
		},
		{
			name: 'a call of tools and its answer',
			maxHistory: 0,
			chat: [user('1'), user('Q'), CALL, RESULT],
			expected: [user('1'), user('Q'), CALL, RESULT],
		},
		{
			name: 'later instructions',
			maxHistory: 0,
			chat: [user('1'), assistant('One'), system('S'), user('Q')],
			expected: [system('S'), user('Q')],
		},
		{ name: 'no greeting', maxHistory: 0, chat: [assistant('Hello'), user('Q')], expected: [user('Q')] },
		{
			name: 'a greeting, as an exchange',
			maxHistory: 1,
			chat: [assistant('Hello'), user('Q')],
			expected: [assistant('Hello'), user('Q')],
		},
	])('Max History $maxHistory keeps $name', async ({ maxHistory, chat, expected }) => {
		expect((await send(chat, {}, { maxHistory })).messages).toEqual(expected);
	});

	test('Max History counts the rows of the fields, too', async () => {
		const rows = [user('1'), assistant('One'), user('2'), assistant('Two'), user('Q')];
		const parameters = { messagesSource: 'both', messages: { values: rows } } as INodeParameters;
		const { messages } = await send([user('0'), assistant('Zero')], parameters, { maxHistory: 1 });
		expect(messages).toEqual([user('2'), assistant('Two'), user('Q')]);
	});

	test('a negative Max History is rejected', async () => {
		expect((await send('Hi', {}, { maxHistory: -1 })).json.error).toBe(
			'Max History must be a whole number between 0 and 10000, but is -1',
		);
	});
});
