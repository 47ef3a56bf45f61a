import { runInThisContext } from 'node:vm';
import { SsrfProtectionConfig } from '@n8n/config';
import { Container } from '@n8n/di';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { API_KEY, numberedItems, runChatGpt, userMessage, type ChatGptRun } from '../../support/chatGptRun';
import {
	emptyChoices,
	errorIn200,
	fail,
	hangBeforeHeaders,
	hangMidBody,
	invalidJson,
	mixedFaults,
	notJson,
	ok,
	quotaExhausted,
	rateLimited,
	redirect,
	resetBeforeHeaders,
	resetDuringBody,
	startFaultServer,
	wrongKey,
	type Behaviour,
	type FaultServer,
} from '../../support/faultServer';
import { until } from '../../support/until';

let server: FaultServer;
// A new one for each test: what a client has learned of a server, such as a rate limit, must not reach the next test.
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

const CONTINUE = { onError: 'continueRegularOutput' } as const;
const ERROR_OUTPUT = { onError: 'continueErrorOutput' } as const;

/** The error item of a run whose only item fails. */
async function errorItemOf(run: ChatGptRun) {
	const { output, error } = await runChatGpt(server, { node: CONTINUE, ...run });
	expect(error).toBeUndefined();
	return output('ChatGPT')[0]?.json as { error: string; details: IDataObject };
}

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
		const item = await errorItemOf({ parameters, options });
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
			node: ERROR_OUTPUT,
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

describe('an API failure', () => {
	test.each<[string, Behaviour, number, string, IDataObject]>([
		[
			'a refused key',
			wrongKey(),
			1,
			'The API refused the key: Incorrect API key provided: [redacted]',
			{ status: 401, code: 'invalid_api_key' },
		],
		[
			'an empty quota',
			quotaExhausted(),
			1,
			'The account of this API key has no credit left',
			{ status: 429, code: 'insufficient_quota' },
		],
		[
			'a rate limit that stays',
			rateLimited({ retryAfter: { ms: 1 } }),
			3,
			'The rate limit is still reached after 3 attempts',
			{ status: 429, code: 'rate_limit_exceeded' },
		],
		[
			'a rate limit for longer than is waited',
			rateLimited({ retryAfter: { seconds: 300 } }),
			1,
			'The API asks to wait 300 s, which is longer than Max Wait (Seconds) allows',
			{ retryAfterMs: 300_000 },
		],
		[
			'a server that stays broken',
			fail({ status: 500, shape: 'html', headers: { 'retry-after-ms': '1' } }),
			3,
			'The server failed in 3 attempts',
			{ status: 500 },
		],
		[
			'an overloaded server',
			fail({ status: 529, shape: 'empty', headers: { 'retry-after-ms': '1' } }),
			3,
			'The server was overloaded in 3 attempts',
			{ status: 529 },
		],
		[
			'an unknown model',
			fail({
				status: 404,
				shape: 'openai',
				code: 'model_not_found',
				message: 'The model `x` does not exist.',
			}),
			1,
			'The server does not know this model, or the key may not use it: The model `x` does not exist',
			{ status: 404 },
		],
		[
			'a model that takes no messages',
			fail({
				status: 404,
				param: 'model',
				message:
					'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
			}),
			1,
			'This model takes no messages: This is not a chat model',
			{ hint: expect.stringContaining('set Resource to Completion') as string },
		],
		[
			'a wrong address',
			fail({ status: 404, shape: 'html' }),
			1,
			'There is no such API at this address',
			{ status: 404 },
		],
		[
			'a parameter the API refuses',
			fail({ status: 400, shape: 'openai', param: 'top_p', message: 'Unsupported.' }),
			1,
			'The API cannot accept this request: Unsupported',
			{ param: 'top_p', hint: 'Correct or remove what sets "top_p"' },
		],
		[
			'a redirect',
			redirect({ status: 302, location: 'http://127.0.0.1:9/' }),
			1,
			'The server points to another address',
			{ status: 302 },
		],
	])('%s has its own text and details', async (_name, behaviour, requests, message, details) => {
		server.behave(() => behaviour);
		const item = await errorItemOf({ options: { maxRetries: 2 } });
		expect(item.error).toContain(message);
		expect(item.details).toMatchObject({ hint: expect.stringMatching(/[^.]$/), ...details });
		expect(item.details.attempts).toHaveLength(requests);
		expect(server.requests).toHaveLength(requests);
	});

	test.each<[string, Behaviour, string]>([
		['invalid JSON', invalidJson(), "answered in a way that is not this API's"],
		['a web page', notJson(), "answered in a way that is not this API's"],
		['no choices', emptyChoices(), 'a chat completion without any choice'],
		['an error with status 200', errorIn200({ message: 'Nope' }), 'Nope'],
		['a reset connection', resetBeforeHeaders(), 'The connection failed in 2 attempts: the server cut it'],
		['no answer', hangBeforeHeaders(), 'No reply came within the time allowed, in 2 attempts'],
	])('%s is retried, then told', async (_name, behaviour, message) => {
		server.behave(() => behaviour);
		const item = await errorItemOf({ options: { maxRetries: 1, timeout: 0.2 } });
		expect(item.error).toContain(message);
		expect(server.requests).toHaveLength(2);
	});

	test('that passes is not seen but in the number of attempts', async () => {
		server.behave((request) => (request.attempt < 3 ? rateLimited({ retryAfter: { ms: 1 } }) : ok()));
		const { output, hints } = await runChatGpt(server);
		expect(output('ChatGPT')[0]?.json).toMatchObject({ text: 'Reply to: Question 0', attempts: 3 });
		expect(hints('ChatGPT')[0]?.message).toMatch(/^1 item: 1 answered, 0 failed; 2 retries, 0\.0 s waited; /);
	});

	test('of a server that is not there is told in words', async () => {
		const gone = await startFaultServer();
		await gone.close();
		const { output } = await runChatGpt(gone, { node: CONTINUE, options: { maxRetries: 0 } });
		expect(output('ChatGPT')[0]?.json.error).toBe(
			'The connection failed in 1 attempt: nothing answers at the address of the server',
		);
	});
});

describe('an error item says whether the item was at fault', () => {
	test.each<[string, Behaviour, boolean]>([
		['a text that is refused', fail({ status: 400, shape: 'openai' }), true],
		['a text that is too large', fail({ status: 413 }), true],
		['a text that cannot be processed', fail({ status: 422 }), true],
		['a reply that the content filter stopped', ok({ finishReason: 'content_filter' }), true],
		['a reply that is not what was asked for', ok({ text: 'No JSON' }), true],
		['a refused key', wrongKey(), false],
		[
			'a refused key with a status that others give to a bad text',
			fail({ status: 400, shape: 'openai', code: 'invalid_api_key' }),
			false,
		],
		['no credit', fail({ status: 402 }), false],
		['an empty quota', quotaExhausted(), false],
		['a key without the right', fail({ status: 403 }), false],
		['an unknown model', fail({ status: 404, code: 'model_not_found' }), false],
		['a rate limit', rateLimited({ retryAfter: { ms: 1 } }), false],
		['a broken server', fail({ status: 500 }), false],
		['a connection that is cut', resetBeforeHeaders(), false],
		['a time-out', hangBeforeHeaders(), false],
		['a web page', notJson(), false],
	])('%s', async (_name, behaviour, itemAtFault) => {
		server.behave(() => behaviour);
		const item = await errorItemOf({
			parameters: { responseFormat: 'jsonObject', messages: userMessage('Answer in JSON') },
			options: { maxRetries: 0, repairAttempts: 0, timeout: 0.2 },
		});
		expect(server.requests).toHaveLength(1);
		expect(item.details).toMatchObject({ itemAtFault });
	});

	test('an address that is none, and an expression that n8n cannot evaluate', async () => {
		const badAddress = await errorItemOf({ credential: { baseUrl: 'nowhere' } });
		expect(badAddress.details).toMatchObject({ parameter: 'Credential', itemAtFault: false });
		const badExpression = await errorItemOf({ options: { user: '={{ $("nope").item.json.x }}' } });
		expect(badExpression.details).toMatchObject({ itemAtFault: false });
	});
});

describe.each([10, 30])('%s %% of faults', (percent) => {
	test('lose nothing and double nothing', async () => {
		server.behave(mixedFaults({ rate: percent / 100, seed: percent, then: () => ok({ latencyMs: 3 }) }));
		const { output, error } = await runChatGpt(server, {
			items: numberedItems(100),
			options: { maxRetries: 20, maxConcurrentRequests: 20 },
		});
		expect(error).toBeUndefined();
		expect(output('ChatGPT').map((item) => [item.json.text, item.pairedItem])).toEqual(
			Array.from({ length: 100 }, (_, item) => [`Reply to: Question ${item}`, { item }]),
		);
		expect(server.requests.length).toBeGreaterThan(100);
	});
});

describe.each<[string, Behaviour, string]>([
	['an empty quota', quotaExhausted(), 'The account of this API key has no credit left'],
	['a refused key', wrongKey(), 'The API refused the key'],
])('%s at item 20 of 1,000', (_name, behaviour, message) => {
	test('ends the sending, and every item says whether it was sent', async () => {
		server.behave((request) => (request.index < 20 ? ok({ latencyMs: 5 }) : behaviour));
		const { output, hints } = await runChatGpt(server, { items: numberedItems(1000), node: CONTINUE });
		const items = output('ChatGPT').map((item) => item.json as { text?: string; error?: string });
		expect(server.requests.length).toBeLessThanOrEqual(30);
		expect(items).toHaveLength(1000);
		expect(items.filter((item) => item.text)).toHaveLength(20);
		expect(items.filter((item) => item.error?.startsWith(message))).toHaveLength(server.requests.length - 20);
		expect(items[900]?.error).toMatch(
			new RegExp(`^Not sent, because item \\d+ failed for a reason all items share\\. ${message}`),
		);
		const failed = output('ChatGPT').filter(({ json }) => json.error);
		expect(failed.map(({ json }) => (json.details as IDataObject).itemAtFault)).toEqual(
			Array.from(failed, () => false),
		);
		expect(hints('ChatGPT')[0]?.message).toMatch(/^1000 items: 20 answered, 980 failed/);
	});
});

describe('On Error', () => {
	const badItem = (request: { rawBody: string }) =>
		request.rawBody.includes('Question 4')
			? fail({ status: 400, shape: 'openai', message: 'Bad.' })
			: ok({ latencyMs: 5 });
	beforeEach(() => server.behave(badItem));

	test('Continue puts the error in its place', async () => {
		const { output } = await runChatGpt(server, { items: numberedItems(10), node: CONTINUE });
		expect(output('ChatGPT')).toHaveLength(10);
		expect(output('ChatGPT')[4]).toEqual({
			json: {
				error: 'The API cannot accept this request: Bad',
				details: expect.objectContaining({
					status: 400,
					attempts: [expect.objectContaining({ status: 400 })],
				}),
			},
			pairedItem: { item: 4 },
		});
		expect(output('ChatGPT').filter((item) => 'error' in item.json)).toHaveLength(1);
	});

	test('Continue (using error output) parts the two', async () => {
		const { output } = await runChatGpt(server, { items: numberedItems(10), node: ERROR_OUTPUT });
		expect(output('ChatGPT', 0).map((item) => item.json.text)).toEqual(
			[0, 1, 2, 3, 5, 6, 7, 8, 9].map((number) => `Reply to: Question ${number}`),
		);
		expect(output('ChatGPT', 1)).toHaveLength(1);
		expect(output('ChatGPT', 1)[0]).toMatchObject({
			json: { number: 4, error: 'The API cannot accept this request: Bad', details: { status: 400 } },
			pairedItem: { item: 4 },
		});
	});

	test('Stop throws an error that says what to do', async () => {
		const { error, run } = await runChatGpt(server, { items: numberedItems(10) });
		expect(run.status).toBe('error');
		expect(error).toMatchObject({
			name: 'NodeApiError',
			message: 'The API cannot accept this request: Bad',
			description: expect.stringMatching(/^Item 4: Correct the parameter/),
			httpCode: '400',
			context: { itemIndex: 4 },
		});
	});

	test('Stop begins nothing more, and ends what nobody would keep', async () => {
		server.behave((request) =>
			request.index === 4 ? fail({ status: 400, shape: 'openai', latencyMs: 50 }) : hangBeforeHeaders(),
		);
		await runChatGpt(server, { items: numberedItems(100) });
		await until('the server has seen nine hang up', () => server.stats.aborted === 9);
		expect(server.requests).toHaveLength(10);
	});

	test("Stop says it in our words, though n8n has its own for Node's error codes", async () => {
		server.behave(() => fail({ status: 400, shape: 'openai', message: 'connect ECONNREFUSED 10.0.0.1:80' }));
		const { error } = await runChatGpt(server);
		expect(error?.message).toBe('The API cannot accept this request: connect ECONNREFUSED 10.0.0.1:80');
	});

	test('an item that fails for its own expression leaves the others alone, the first item, too', async () => {
		const { output } = await runChatGpt(server, {
			items: numberedItems(3),
			node: CONTINUE,
			options: { user: '={{ $json.number === 0 ? $("nope").item.json.x : "u" }}' },
		});
		expect(output('ChatGPT').map((item) => 'error' in item.json)).toEqual([true, false, false]);
	});
});

describe('Retry On Fail', () => {
	const RETRY = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
	const failsOnce = (question: string) => {
		server.behave((request) =>
			request.attempt === 1 && request.rawBody.includes(`${question}"`)
				? fail({ status: 400, shape: 'openai' })
				: ok({ latencyMs: 5 }),
		);
	};

	test('after a thrown error sends only what has no reply', async () => {
		failsOnce('Question 50');
		const { output, error } = await runChatGpt(server, { items: numberedItems(100), node: RETRY });
		expect(error).toBeUndefined();
		expect(output('ChatGPT').map((item) => item.json.text)).toEqual(
			Array.from({ length: 100 }, (_, number) => `Reply to: Question ${number}`),
		);
		expect(server.requests).toHaveLength(101);
	});

	test('after an error in the first item does so, too', async () => {
		failsOnce('Question 0');
		const { output } = await runChatGpt(server, {
			items: numberedItems(20),
			node: { ...RETRY, ...CONTINUE },
		});
		expect(output('ChatGPT').every((item) => typeof item.json.text === 'string')).toBe(true);
		expect(server.requests).toHaveLength(21);
	});

	test('asks again what another execution has asked', async () => {
		await runChatGpt(server, { items: numberedItems(3), node: RETRY });
		await runChatGpt(server, { items: numberedItems(3), node: RETRY });
		expect(server.requests).toHaveLength(6);
	});
});

describe('Stop pressed', () => {
	test('ends a run of nothing but bad items, too, because n8n gets its turn between them', async () => {
		const { run, output } = await runChatGpt(server, {
			items: numberedItems(5000),
			node: CONTINUE,
			parameters: { temperature: 9 },
			onStart: ({ cancel }) => setTimeout(cancel, 300),
		});
		expect(run.status).toBe('canceled');
		expect(output('ChatGPT').length).toBeLessThan(5000);
	});

	test('ends requests under way and begins none', async () => {
		server.behave((request) => (request.index < 10 ? ok() : hangBeforeHeaders()));
		const { run, output } = await runChatGpt(server, {
			items: numberedItems(100),
			onStart: ({ cancel }) => {
				void until('the second ten requests are under way', () => server.stats.inFlight === 10).then(cancel);
			},
		});
		expect(run.status).toBe('canceled');
		await until('the server has seen ten hang up', () => server.stats.aborted === 10);
		expect(server.requests).toHaveLength(20);
		// n8n shows what was there by then.
		expect(output('ChatGPT')).toHaveLength(10);
	});

	test('ends waits too', async () => {
		server.behave(() => rateLimited({ retryAfter: { seconds: 60 } }));
		const { run } = await runChatGpt(server, {
			items: numberedItems(3),
			onStart: ({ cancel }) => {
				void until('all are told to wait', () => server.requests.filter((r) => r.answered).length === 3).then(
					cancel,
				);
			},
		});
		expect(run.status).toBe('canceled');
		expect(server.requests).toHaveLength(3);
	});

	test('before the node starts sends nothing', async () => {
		const { run } = await runChatGpt(server, { onStart: ({ cancel }) => cancel() });
		expect(run.status).toBe('canceled');
		expect(server.requests).toHaveLength(0);
	});

	test("is what the end of the workflow's execution timeout does", async () => {
		server.behave(() => hangBeforeHeaders());
		const { run } = await runChatGpt(server, { items: numberedItems(100), timeoutMs: 1000 });
		expect(run.status).toBe('canceled');
		await until('the server has seen ten hang up', () => server.stats.aborted === 10);
		expect(server.requests).toHaveLength(10);
	});

	test('among all kinds of trouble leaves nothing behind', async () => {
		const troubles = [
			rateLimited({ retryAfter: { ms: 20 } }),
			fail({ status: 500, headers: { 'retry-after-ms': '1' } }),
			invalidJson(),
			resetBeforeHeaders(),
			resetDuringBody(),
			hangBeforeHeaders(),
			hangMidBody(),
		];
		const mixed = mixedFaults({ rate: 0.3, seed: 1, faults: troubles, then: () => ok({ latencyMs: 5 }) });
		let stop = () => {};
		server.behave((request) => {
			if (request.index === 100) stop();
			return mixed(request);
		});
		const complaints = await complaintsDuring(async () => {
			const { run, output } = await runChatGpt(server, {
				items: numberedItems(200),
				options: { maxRetries: 100, timeout: 0.2, maxConcurrentRequests: 20 },
				onStart: ({ cancel }) => (stop = cancel),
			});
			expect(run.status).toBe('canceled');
			// n8n shows the half that was there by then.
			expect(output('ChatGPT').length).toBeGreaterThan(40);
			expect(output('ChatGPT').length).toBeLessThan(120);
			await until('the server has nothing left to do', () => server.stats.inFlight === 0);
		});
		expect(complaints).toEqual([]);
	});
});

/** What Node says of promises nobody listens to, and of too many listeners. */
async function complaintsDuring(work: () => Promise<void>): Promise<unknown[]> {
	// Jest's own `process` in a test file is a copy that emits nothing.
	const realProcess = runInThisContext('process') as NodeJS.Process;
	const complaints: unknown[] = [];
	const complain = (complaint: unknown) => void complaints.push(complaint);
	realProcess.on('unhandledRejection', complain).on('warning', complain);
	try {
		await work();
		// Both are emitted after the turn that caused them.
		await new Promise(setImmediate);
	} finally {
		realProcess.off('unhandledRejection', complain).off('warning', complain);
	}
	return complaints;
}

describe('the API key', () => {
	test.each<[string, ChatGptRun, Behaviour]>([
		['an output', {}, ok()],
		['an output of raw JSON', { options: { simplify: false } }, ok()],
		['an error item', { node: CONTINUE }, wrongKey()],
		['an error', {}, wrongKey()],
		[
			'an error of a server that echoes it',
			{},
			fail({ status: 400, shape: 'foreign', message: `no ${API_KEY}!` }),
		],
	])('is not in %s', async (_name, run, behaviour) => {
		server.behave(() => behaviour);
		const { run: stored } = await runChatGpt(server, run);
		expect(server.requests[0]?.headers.authorization).toContain(API_KEY);
		expect(JSON.stringify(stored)).not.toContain(API_KEY);
	});

	test('goes only where the credential allows', async () => {
		const { error } = await runChatGpt(server, {
			credential: { allowedHttpRequestDomains: 'domains', allowedDomains: 'api.example.com' },
		});
		expect(error?.message).toMatch(/^Domain not allowed/);
		expect(server.requests).toHaveLength(0);
	});

	test("stays inside when n8n's SSRF guard forbids the address", async () => {
		const guard = Container.get(SsrfProtectionConfig);
		guard.enabled = true;
		try {
			const { error } = await runChatGpt(server);
			expect(error?.message).toBe('The security settings of this n8n forbid the address of the server');
			expect(server.requests).toHaveLength(0);
		} finally {
			guard.enabled = false;
		}
	});

	test('may be kept from other nodes without harm to this one', async () => {
		const { error } = await runChatGpt(server, { credential: { allowedHttpRequestDomains: 'none' } });
		expect(error).toBeUndefined();
	});
});
