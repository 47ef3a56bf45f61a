import type { IDataObject } from 'n8n-workflow';
import { CONTINUE, errorItemOf, runChatGpt, userMessage } from '../../support/chatGptRun';
import {
	emptyChoices,
	errorIn200,
	fail,
	hangBeforeHeaders,
	invalidJson,
	notJson,
	ok,
	quotaExhausted,
	rateLimited,
	redirect,
	resetBeforeHeaders,
	startFaultServer,
	wrongKey,
	type Behaviour,
	type FaultServer,
} from '../../support/faultServer';

let server: FaultServer;
// A new one for each test: what a client has learned of a server, such as a rate limit, must not reach the next test.
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

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
		const item = await errorItemOf(server, { options: { maxRetries: 2 } });
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
		const item = await errorItemOf(server, { options: { maxRetries: 1, timeout: 1 } });
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
		const item = await errorItemOf(server, {
			parameters: { responseFormat: 'jsonObject', messages: userMessage('Answer in JSON') },
			options: { maxRetries: 0, repairAttempts: 0, timeout: 1 },
		});
		expect(server.requests).toHaveLength(1);
		expect(item.details).toMatchObject({ itemAtFault });
	});

	test('an address that is none, and an expression that n8n cannot evaluate', async () => {
		const badAddress = await errorItemOf(server, { credential: { baseUrl: 'nowhere' } });
		expect(badAddress.details).toMatchObject({ parameter: 'Credential', itemAtFault: false });
		const badExpression = await errorItemOf(server, { options: { user: '={{ $("nope").item.json.x }}' } });
		expect(badExpression.details).toMatchObject({ itemAtFault: false });
	});
});
