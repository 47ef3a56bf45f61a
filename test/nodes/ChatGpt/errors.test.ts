import type { IDataObject } from 'n8n-workflow';
import { CONTINUE, errorItemOf, runChatGpt, userMessage, onlyItem } from '../../support/chatGptRun';
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
} from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

describe('an API failure', () => {
	test.each<{ name: string; behaviour: Behaviour; requests: number; message: string; details: IDataObject }>([
		{
			name: 'a rejected key',
			behaviour: wrongKey(),
			requests: 1,
			message: 'The API refused the key: Incorrect API key provided: [redacted]',
			details: { status: 401, code: 'invalid_api_key' },
		},
		{
			name: 'an empty quota',
			behaviour: quotaExhausted(),
			requests: 1,
			message: 'The account of this API key has no credit left',
			details: { status: 429, code: 'insufficient_quota' },
		},
		{
			name: 'a rate limit that stays',
			behaviour: rateLimited({ retryAfter: { ms: 1 } }),
			requests: 3,
			message: 'The rate limit is still reached after 3 attempts',
			details: { status: 429, code: 'rate_limit_exceeded' },
		},
		{
			name: 'a rate limit for longer than is waited',
			behaviour: rateLimited({ retryAfter: { seconds: 300 } }),
			requests: 1,
			message: 'The API asks to wait 300 s, which is longer than Max Wait (Seconds) allows',
			details: { retryAfterMs: 300_000 },
		},
		{
			name: 'a server that stays broken',
			behaviour: fail({ status: 500, shape: 'html', headers: { 'retry-after-ms': '1' } }),
			requests: 3,
			message: 'The server failed in 3 attempts',
			details: { status: 500 },
		},
		{
			name: 'an overloaded server',
			behaviour: fail({ status: 529, shape: 'empty', headers: { 'retry-after-ms': '1' } }),
			requests: 3,
			message: 'The server was overloaded in 3 attempts',
			details: { status: 529 },
		},
		{
			name: 'an unknown model',
			behaviour: fail({
				status: 404,
				shape: 'openai',
				code: 'model_not_found',
				message: 'The model `x` does not exist.',
			}),
			requests: 1,
			message: 'The server does not know this model, or the key may not use it: The model `x` does not exist',
			details: { status: 404 },
		},
		{
			name: 'a model that takes no messages',
			behaviour: fail({
				status: 404,
				param: 'model',
				message:
					'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
			}),
			requests: 1,
			message: 'This model takes no messages: This is not a chat model',
			details: { hint: expect.stringContaining('set Resource to Completion') as string },
		},
		{
			name: 'a wrong address',
			behaviour: fail({ status: 404, shape: 'html' }),
			requests: 1,
			message: 'There is no such API at this address',
			details: { status: 404 },
		},
		{
			name: 'a parameter that the API rejects',
			behaviour: fail({ status: 400, shape: 'openai', param: 'top_p', message: 'Unsupported.' }),
			requests: 1,
			message: 'The API cannot accept this request: Unsupported',
			details: { param: 'top_p', hint: 'Correct or remove what sets "top_p"' },
		},
		{
			name: 'a redirect',
			behaviour: redirect({ status: 302, location: 'http://127.0.0.1:9/' }),
			requests: 1,
			message: 'The server points to another address',
			details: { status: 302 },
		},
	])('$name has its own message and details', async ({ behaviour, requests, message, details }) => {
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
		['a reply without choices', emptyChoices(), 'a chat completion without any choice'],
		['an error with status 200', errorIn200({ message: 'Nope' }), 'Nope'],
		['a reset connection', resetBeforeHeaders(), 'The connection failed in 2 attempts: the server cut it'],
		['a missing answer', hangBeforeHeaders(), 'No reply came within the time allowed, in 2 attempts'],
	])('%s is retried, then told', async (_name, behaviour, message) => {
		server.behave(() => behaviour);
		const item = await errorItemOf(server, { options: { maxRetries: 1, timeout: 1 } });
		expect(item.error).toContain(message);
		expect(server.requests).toHaveLength(2);
	});

	test('a failure that passes shows only in the number of attempts', async () => {
		server.behave((request) => (request.attempt < 3 ? rateLimited({ retryAfter: { ms: 1 } }) : ok()));
		const { output, hints } = await runChatGpt(server);
		expect(onlyItem({ output })).toMatchObject({ text: 'Reply to: Question 0', attempts: 3 });
		expect(hints('ChatGPT')[0]?.message).toMatch(/^1 item: 1 answered, 0 failed; 2 retries, 0\.0 s waited; /);
	});

	test('a server that is not there is told in words', async () => {
		const gone = await startFaultServer();
		await gone.close();
		const item = onlyItem(await runChatGpt(gone, { node: CONTINUE, options: { maxRetries: 0 } }));
		expect(item.error).toBe(
			'The connection failed in 1 attempt: nothing answers at the address of the server',
		);
	});
});

describe('an error item says whether the item was at fault', () => {
	test.each<[boolean, string, Behaviour]>([
		[true, 'a text that is rejected', fail({ status: 400, shape: 'openai' })],
		[true, 'a text that is too large', fail({ status: 413 })],
		[true, 'a text that cannot be processed', fail({ status: 422 })],
		[true, 'a reply that the content filter stopped', ok({ finishReason: 'content_filter' })],
		[true, 'a reply that is not what was asked for', ok({ text: 'No JSON' })],
		[false, 'a rejected key', wrongKey()],
		[
			false,
			'a rejected key with a status that others give to a bad text',
			fail({ status: 400, shape: 'openai', code: 'invalid_api_key' }),
		],
		[false, 'no credit', fail({ status: 402 })],
		[false, 'an empty quota', quotaExhausted()],
		[false, 'a key without the right', fail({ status: 403 })],
		[false, 'an unknown model', fail({ status: 404, code: 'model_not_found' })],
		[false, 'a rate limit', rateLimited({ retryAfter: { ms: 1 } })],
		[false, 'a broken server', fail({ status: 500 })],
		[false, 'a connection that is cut', resetBeforeHeaders()],
		[false, 'a time-out', hangBeforeHeaders()],
		[false, 'a web page', notJson()],
	])('itemAtFault is %s for %s', async (itemAtFault, _name, behaviour) => {
		server.behave(() => behaviour);
		const item = await errorItemOf(server, {
			parameters: { responseFormat: 'jsonObject', messages: userMessage('Answer in JSON') },
			options: { maxRetries: 0, repairAttempts: 0, timeout: 1 },
		});
		expect(server.requests).toHaveLength(1);
		expect(item.details).toMatchObject({ itemAtFault });
	});

	test('a bad address and an expression that n8n cannot evaluate are no fault of the item', async () => {
		const badAddress = await errorItemOf(server, { credential: { baseUrl: 'nowhere' } });
		expect(badAddress.details).toMatchObject({ parameter: 'Credential', itemAtFault: false });
		const badExpression = await errorItemOf(server, { options: { user: '={{ $("nope").item.json.x }}' } });
		expect(badExpression.details).toMatchObject({ itemAtFault: false });
	});
});
