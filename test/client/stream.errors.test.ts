import type { FailureKind } from '../../client/core/errors';
import { failureOf } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { streamCalls } from '../support/streamCalls';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok, streamed } = faults;

const server = useFaultServer();

const { stream } = streamCalls(server);

const error = (fields: object) => `data: ${JSON.stringify({ error: fields })}\n\n`;

/** What a server says in a stream when it cannot go on, and whether another try may help. */
const frames: Array<{ name: string; thenSend: string; kind: FailureKind; mayHelp: boolean }> = [
	{
		name: 'OpenAI, in trouble',
		thenSend: error({ message: 'Sorry about that!', type: 'server_error' }),
		kind: 'server',
		mayHelp: true,
	},
	{
		name: 'OpenAI, too fast',
		thenSend: error({ message: 'Slow down', code: 'rate_limit_exceeded' }),
		kind: 'rate_limit',
		mayHelp: true,
	},
	{
		name: 'out of credit',
		thenSend: error({ message: 'Pay', type: 'insufficient_quota' }),
		kind: 'quota',
		mayHelp: false,
	},
	{
		name: 'overloaded',
		thenSend: error({ message: 'Overloaded', type: 'overloaded_error' }),
		kind: 'overloaded',
		mayHelp: true,
	},
	{
		name: 'too long',
		thenSend: error({ message: 'Too long', code: 'context_length_exceeded' }),
		kind: 'context_length',
		mayHelp: false,
	},
	{
		name: 'a refused request',
		thenSend: error({ message: 'No', type: 'invalid_request_error' }),
		kind: 'bad_request',
		mayHelp: false,
	},
	{
		name: 'OpenRouter, too fast',
		thenSend: error({ message: 'Slow down', code: 429 }),
		kind: 'rate_limit',
		mayHelp: true,
	},
	{
		name: 'OpenRouter, upstream down',
		thenSend: error({ message: 'Down', code: 502 }),
		kind: 'server',
		mayHelp: true,
	},
	{ name: 'a text', thenSend: 'data: {"error":"out of memory"}\n\n', kind: 'server', mayHelp: true },
	{
		name: 'OpenRouter, with choices',
		thenSend:
			'data: {"id":"x","error":{"code":"server_error","message":"Lost"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}\n\n',
		kind: 'server',
		mayHelp: true,
	},
	{
		name: 'a choice that failed',
		thenSend: 'data: {"choices":[{"index":0,"error":{"message":"Lost"},"finish_reason":"stop"}]}\n\n',
		kind: 'server',
		mayHelp: true,
	},
	{
		name: 'vLLM',
		thenSend:
			'data: {"object":"error","message":"No","type":"BadRequestError","code":400}\n\ndata: [DONE]\n\n',
		kind: 'bad_request',
		mayHelp: false,
	},
	{
		name: 'an event',
		thenSend: 'event: error\ndata: {"message":"No","code":"rate_limit_exceeded"}\n\n',
		kind: 'rate_limit',
		mayHelp: true,
	},
	{
		name: 'an event with an error',
		thenSend: `event: error\n${error({ message: 'No', code: 429 })}`,
		kind: 'rate_limit',
		mayHelp: true,
	},
	{
		name: 'an event of words',
		thenSend: 'event: error\ndata: upstream is gone\n\n',
		kind: 'server',
		mayHelp: true,
	},
	{ name: 'words', thenSend: 'data: Internal Server Error\n\n', kind: 'bad_reply', mayHelp: true },
	{
		name: 'half a chunk',
		thenSend: 'data: {"choices":[{"index":0,"del\n\n',
		kind: 'bad_reply',
		mayHelp: true,
	},
	{ name: 'no chunk', thenSend: 'data: null\n\n', kind: 'bad_reply', mayHelp: true },
];

describe.each(frames)('an error in the stream: $name', ({ name, thenSend, kind, mayHelp }) => {
	const times = mayHelp ? 3 : 1;

	test.each([
		['before the first token', 1],
		['after the first token', 3],
	])(`a stream error (${name}) %s is a failure of kind ${kind}`, async (_, upTo) => {
		server.behave(() => streamed({ upTo, thenSend, text: '123456', pieces: 6 }));
		const failure = await failureOf(stream());
		expect(failure.kind).toBe(kind);
		expect(failure.attempts).toHaveLength(times);
		expect(failure.details.partialText).toBe(upTo === 3 ? '12' : undefined);
		expect(failure.details.requestId).toBe(faults.requestIdOf(server.lastRequest()));
		expect(server.stats.requests).toBe(times);
	});

	test(`a stream error (${name}) after something was shown is not asked for again`, async () => {
		server.behave(() => streamed({ upTo: 3, thenSend }));
		const failure = await failureOf(stream({ stream: { onText: () => {} }, fallbackModels: ['gpt-4.1'] }));
		expect(failure).toMatchObject({ kind, details: { shown: true }, attempts: [{ model: 'gpt-4o' }] });
		expect(server.stats.requests).toBe(1);
	});
});

test('a stream error has the message of the server', async () => {
	server.behave(() =>
		streamed({ upTo: 2, thenSend: error({ message: 'Sorry about that!', type: 'server_error' }) }),
	);
	const failure = await failureOf(stream());
	expect(failure.message).toBe('Sorry about that!');
	expect(failure.details).toMatchObject({ status: 200, type: 'server_error' });
});

test('the fallback model is asked when a stream fails before the first token', async () => {
	server.behave(({ body }) =>
		body.model === 'gpt-4o'
			? streamed({ upTo: 1, thenSend: error({ message: 'Busy', type: 'overloaded_error' }) })
			: ok({ text: 'From another' }),
	);
	const onText = jest.fn();
	const result = await stream({ stream: { onText }, fallbackModels: ['gpt-4.1'], maxRetries: 0 });
	expect(result).toMatchObject({ model: 'gpt-4.1', choices: [{ text: 'From another' }] });
	expect(onText.mock.calls.flat().join('')).not.toContain('Busy');
});

describe('a stream request whose answer is an error', () => {
	test.each<{ name: string; behaviour: faults.Behaviour; kind: FailureKind; times: number }>([
		{
			name: 'a 429',
			behaviour: faults.rateLimited({ retryAfter: { ms: 20 } }),
			kind: 'rate_limit',
			times: 3,
		},
		{ name: 'a 429 out of credit', behaviour: faults.quotaExhausted(), kind: 'quota', times: 1 },
		{ name: 'a 500', behaviour: fail({ status: 500 }), kind: 'server', times: 3 },
		{
			name: 'a 503 of a proxy',
			behaviour: fail({ status: 503, shape: 'html' }),
			kind: 'overloaded',
			times: 3,
		},
		{ name: 'a 401', behaviour: faults.wrongKey(), kind: 'refused_key', times: 1 },
		{ name: 'a 400', behaviour: fail({ status: 400 }), kind: 'bad_request', times: 1 },
		{
			name: 'a 400 that calls itself a stream',
			behaviour: fail({ status: 400, headers: { 'content-type': 'text/event-stream' } }),
			kind: 'bad_request',
			times: 1,
		},
		{ name: 'a 200 with an error', behaviour: faults.errorIn200({ code: '502' }), kind: 'server', times: 3 },
		{ name: 'a 200 with a page', behaviour: faults.notJson(), kind: 'bad_reply', times: 3 },
		{
			name: 'a redirect',
			behaviour: faults.redirect({ status: 307, location: '/' }),
			kind: 'redirect',
			times: 1,
		},
	])('a stream request that meets $name fails as $kind', async ({ behaviour, kind, times }) => {
		server.behave(() => behaviour);
		expect((await failureOf(stream())).kind).toBe(kind);
		expect(server.stats.requests).toBe(times);
	});

	test('a 429 to a stream request is waited for as long as it asks', async () => {
		server.behave(({ attempt }) =>
			attempt === 1 ? faults.rateLimited({ retryAfter: { seconds: 7 } }) : ok(),
		);
		expect((await stream()).failedAttempts).toEqual([
			{ status: 429, code: 'rate_limit_exceeded', waitedMs: 7000 },
		]);
	});
});
