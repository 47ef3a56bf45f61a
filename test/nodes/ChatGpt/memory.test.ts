import type { INodeExecutionData } from 'n8n-workflow';
import { CONTINUE, runChatGpt, type ChatGptRun, onlyItem } from '../../support/chatGptRun';
import { fail, ok } from '../../support/faultServer';
import { sessions } from '../../support/memoryNode';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();
beforeEach(() => {
	sessions.clear();
});

const SYSTEM = { role: 'system', content: 'Be brief' };
const MEMORY = { sessionKey: '={{ $json.session }}' };
const turn = (session: string, question: string): INodeExecutionData => ({ json: { session, question } });
const talk = (items: INodeExecutionData[], run: ChatGptRun = {}) =>
	runChatGpt(server, { items, memory: MEMORY, ...run });

/** The requests of the server, each message as "role: text". */
const sent = () =>
	server.requests.map(({ body }) =>
		(body as { messages: Array<{ role: string; content: string }> }).messages.map(
			({ role, content }) => `${role}: ${content}`,
		),
	);

test('a second execution knows what was said in the first', async () => {
	await talk([turn('a', 'I am Ada')]);
	const { error, output } = await talk([turn('a', 'Who am I?')]);
	expect(error).toBeUndefined();
	expect(onlyItem({ output }).text).toBe('Reply to: Who am I?');
	expect(sent()).toEqual([
		['user: I am Ada'],
		['user: I am Ada', 'assistant: Reply to: I am Ada', 'user: Who am I?'],
	]);
	expect(sessions.get('a')).toEqual([
		'human: I am Ada',
		'ai: Reply to: I am Ada',
		'human: Who am I?',
		'ai: Reply to: Who am I?',
	]);
});

test('items with sessions of their own do not see each other', async () => {
	server.behave(async () => {
		await until('all are under way', () => server.stats.maxInFlight === 3);
		return ok();
	});
	await talk([turn('a', 'A'), turn('b', 'B'), turn('c', 'C')]);
	expect(sent().sort()).toEqual([['user: A'], ['user: B'], ['user: C']]);
	expect([...sessions.keys()].sort()).toEqual(['a', 'b', 'c']);
	expect(server.stats.maxInFlight).toBe(3);
});

test('items of the same session follow each other, and those of another do not wait', async () => {
	server.behave(async ({ index }) => {
		if (index < 2) await until('two are under way', () => server.stats.maxInFlight === 2);
		return ok({ latencyMs: 20 });
	});
	await talk([turn('a', '1'), turn('b', 'B'), turn('a', '2'), turn('a', '3')]);
	const longest = sent().sort((one, other) => other.length - one.length)[0];
	expect(longest).toEqual([
		'user: 1',
		'assistant: Reply to: 1',
		'user: 2',
		'assistant: Reply to: 2',
		'user: 3',
	]);
	expect(server.stats.maxInFlight).toBe(2);
});

test('items of the same session keep their order, even when the memory of a later one is connected first', async () => {
	const items = [40, 0, 20].map((connectMs, number) => ({
		json: { session: 'a', question: `${number + 1}`, connectMs },
	}));
	await talk(items, { memory: { ...MEMORY, connectMs: '={{ $json.connectMs }}' } });
	expect(sessions.get('a')?.filter((line) => line.startsWith('human'))).toEqual(
		['1', '2', '3'].map((question) => `human: ${question}`),
	);
});

test('a turn that fails is not remembered, and the next one goes on', async () => {
	server.behave(({ rawBody }) => (rawBody.includes('"2"') ? fail({ status: 400 }) : ok()));
	const { output } = await talk([turn('a', '1'), turn('a', '2'), turn('a', '3')], {
		node: CONTINUE,
	});
	expect(output('ChatGPT').map(({ json }) => 'error' in json)).toEqual([false, true, false]);
	expect(sessions.get('a')).toEqual(['human: 1', 'ai: Reply to: 1', 'human: 3', 'ai: Reply to: 3']);
});

test('items of the same session follow each other with a memory that has the session elsewhere, too', async () => {
	await talk([turn('old a', '1'), turn('old a', '2')]);
	expect(sent()[1]).toEqual(['user: 1', 'assistant: Reply to: 1', 'user: 2']);
});

const rows = (...values: object[]) => ({ parameters: { messages: { values } } }) as ChatGptRun;

test('the memory gets all that the user says at the end as the question', async () => {
	const document = { role: 'user', content: 'My document' };
	const question = { role: 'user', content: '={{ $json.question }}' };
	await talk([turn('a', 'Sum it up')], rows(SYSTEM, document, question));
	expect(sessions.get('a')).toEqual(['human: My document\n\nSum it up', 'ai: Reply to: Sum it up']);
});

test('a run with nothing but instructions is no turn of the conversation for the memory', async () => {
	sessions.set('a', ['human: Hi', 'ai: Hello']);
	const item = onlyItem(await talk([turn('a', '')], rows({ role: 'system', content: 'Say what was said' })));
	expect(sent()).toEqual([['system: Say what was said', 'user: Hi', 'assistant: Hello']]);
	expect(item).toMatchObject({ text: expect.any(String), warnings: [] });
	expect(sessions.get('a')).toEqual(['human: Hi', 'ai: Hello']);
});

test('an empty reply is not remembered, and a warning says so', async () => {
	server.behave(() => ok({ text: '  ' }));
	const item = onlyItem(await talk([turn('a', 'A')]));
	expect(item.warnings).toEqual([
		{
			feature: 'memory',
			message: 'The reply is empty, so the memory keeps neither it nor the question',
		},
	]);
	expect(sessions.get('a')).toBeUndefined();
});

test('what is remembered comes after the instructions', async () => {
	sessions.set('a', ['human: Hi', 'ai: Hello']);
	await talk([turn('a', 'Now')], {
		parameters: { messages: { values: [SYSTEM, { role: 'user', content: '={{ $json.question }}' }] } },
	});
	expect(sent()).toEqual([['system: Be brief', 'user: Hi', 'assistant: Hello', 'user: Now']]);
});

test('what is remembered comes after examples, right before the question', async () => {
	sessions.set('a', ['human: Hi', 'ai: Hello']);
	const rows = [SYSTEM, { role: 'user', content: 'Ex' }, { role: 'assistant', content: 'Ample' }];
	await talk([turn('a', 'Now')], {
		parameters: { messages: { values: [...rows, { role: 'user', content: '={{ $json.question }}' }] } },
	});
	expect(sent()).toEqual([
		['system: Be brief', 'user: Ex', 'assistant: Ample', 'user: Hi', 'assistant: Hello', 'user: Now'],
	]);
});

test('a refusal is remembered as the answer it was', async () => {
	const message = { role: 'assistant', content: null, refusal: 'No.' };
	server.behave(() => ok({ body: { choices: [{ index: 0, finish_reason: 'stop', message }] } }));
	const item = onlyItem(await talk([turn('a', 'A')], { options: { includeConversation: true } }));
	expect(sessions.get('a')).toEqual(['human: A', 'ai: No.']);
	expect(item.conversation).toEqual([
		{ role: 'user', content: 'A' },
		{ role: 'assistant', content: 'No.' },
	]);
});

test('Max History counts what is remembered', async () => {
	sessions.set('a', ['human: 1', 'ai: One', 'human: 2', 'ai: Two']);
	await talk([turn('a', '3')], { options: { maxHistory: 1 } });
	expect(sent()).toEqual([['user: 2', 'assistant: Two', 'user: 3']]);
});

test('the conversation in the output has what was remembered', async () => {
	sessions.set('a', ['human: Hi', 'ai: Hello']);
	const item = onlyItem(await talk([turn('a', 'Now')], { options: { includeConversation: true } }));
	expect(item.conversation).toEqual([
		{ role: 'user', content: 'Hi' },
		{ role: 'assistant', content: 'Hello' },
		{ role: 'user', content: 'Now' },
		{ role: 'assistant', content: 'Reply to: Now' },
	]);
});

test('what agents store of their tools is left out of the messages', async () => {
	sessions.set('a', ['human: Hi', 'tool: {"result": 1}', 'ai: Hello']);
	await talk([turn('a', 'Now')]);
	expect(sent()).toEqual([['user: Hi', 'assistant: Hello', 'user: Now']]);
});

test('a memory that fails fails its item only, before anything is paid for', async () => {
	const { output } = await talk([turn('a', 'A'), turn('broken', 'B')], {
		node: CONTINUE,
	});
	expect(output('ChatGPT')[0]?.json.text).toBe('Reply to: A');
	expect(output('ChatGPT')[1]?.json).toMatchObject({
		error: 'Error in sub-node Simple Memory: The database is down',
		details: { hint: 'Open that node and correct its settings', itemAtFault: false },
	});
	expect(sent()).toEqual([['user: A']]);
});

test('a memory that cannot be read is named in the error, before anything is paid for', async () => {
	const item = onlyItem(await talk([turn('unreadable', 'A')], { node: CONTINUE }));
	expect(item).toEqual({
		error: 'The memory connected to this node could not be read: The service refused the connection',
		details: {
			parameter: 'Memory',
			hint: expect.stringContaining('credential of the memory node'),
			itemAtFault: false,
		},
	});
	expect(sent()).toEqual([]);
});

test('a reply that the memory could not take is kept, with a warning', async () => {
	const item = onlyItem(await talk([turn('full', 'A')]));
	expect(item).toMatchObject({
		text: 'Reply to: A',
		warnings: [
			{
				feature: 'memory',
				message:
					'The memory connected to this node could not take the question and its reply: The disk is full',
			},
		],
	});
});

describe('a memory that does not answer', () => {
	const TIMEOUT = { itemTimeout: 2 };
	const unread = 'The memory connected to this node could not be read: No reply within 2000 ms';

	test.each(['silent', 'silent when read'])(
		'a memory that is %s fails its item only, when the time is over',
		async (name) => {
			const { output } = await talk([turn(name, 'A'), turn('b', 'B')], { node: CONTINUE, options: TIMEOUT });
			expect(output('ChatGPT').map(({ json }) => json)).toMatchObject([
				{ error: unread, details: { parameter: 'Memory', itemAtFault: false } },
				{ text: 'Reply to: B' },
			]);
			expect(sent()).toEqual([['user: B']]);
		},
	);

	test('a memory that is silent when written loses no reply', async () => {
		const item = onlyItem(await talk([turn('silent when written', 'A')], { options: TIMEOUT }));
		expect(item).toMatchObject({
			text: 'Reply to: A',
			warnings: [{ message: expect.stringContaining('could not take the question and its reply') }],
		});
	});

	const stopWhenRemembered = (session: string): ChatGptRun => ({
		onStart: ({ cancel }) => {
			void until('the turn is remembered', () => sessions.has(session)).then(cancel);
		},
	});

	test.each(['silent', 'silent when read'])('a memory that is %s ends with the run', async (name) => {
		const { run, output } = await talk([turn('b', 'B'), turn(name, 'A')], stopWhenRemembered('b'));
		expect(run.status).toBe('canceled');
		expect(output('ChatGPT').map(({ json }) => json.text)).toEqual(['Reply to: B']);
	});

	test('a memory that is silent when written keeps the reply when the run is stopped', async () => {
		const session = 'silent when written';
		const { run, output } = await talk([turn(session, 'A')], stopWhenRemembered(session));
		expect(run.status).toBe('canceled');
		expect(output('ChatGPT').map(({ json }) => json.text)).toEqual(['Reply to: A']);
	});
});

test('the hint says what the memory did not take with Simplify off, which leaves no place for warnings', async () => {
	const { hints } = await talk([turn('full', 'A')], { options: { simplify: false } });
	expect(hints('ChatGPT')[0]).toMatchObject({
		message: expect.stringMatching(/^1 item: 1 answered, 0 failed; 1 reply that the memory did not take; /),
		type: 'warning',
	});
});

test('a second try of the node remembers each turn once', async () => {
	server.behave(({ rawBody, attempt }) =>
		rawBody.includes('B') && attempt === 1 ? fail({ status: 400 }) : ok(),
	);
	await talk([turn('a', 'A'), turn('b', 'B')], {
		node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
	});
	expect(sessions.get('a')).toEqual(['human: A', 'ai: Reply to: A']);
	expect(sessions.get('b')).toEqual(['human: B', 'ai: Reply to: B']);
});

test('a reply that comes after another item has ended the try is remembered, without a warning', async () => {
	let failed = false;
	server.behave(async ({ rawBody, attempt }) => {
		if (rawBody.includes('Slow')) {
			await until('the other has failed', () => failed);
			return ok({ latencyMs: 200 });
		}
		await until('both are under way', () => server.stats.maxInFlight === 2);
		failed = true;
		return attempt === 1 ? fail({ status: 400 }) : ok();
	});
	const { output } = await talk([turn('a', 'Slow'), turn('b', 'B')], {
		node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
	});
	expect(output('ChatGPT')[0]?.json).toMatchObject({ text: 'Reply to: Slow', warnings: [] });
	expect(sessions.get('a')).toEqual(['human: Slow', 'ai: Reply to: Slow']);
	expect(server.requests).toHaveLength(3);
});
