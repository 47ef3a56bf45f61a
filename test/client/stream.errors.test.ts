import type { CallOptions } from '../../client/client';
import type { FailureKind } from '../../client/core/errors';
import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { FaultServer } from '../support/faultServer';

const { fail, ok, streamed } = faults;

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

const stream = async (more: Partial<CallOptions> = {}) =>
	await connect(server).completeChat(request(), options({ stream: {}, ...more }));

const error = (fields: object) => `data: ${JSON.stringify({ error: fields })}\n\n`;

/** What a server says in a stream when it cannot go on, and whether another try may help. */
const frames: Array<[string, string, FailureKind, boolean]> = [
	['OpenAI, in trouble', error({ message: 'Sorry about that!', type: 'server_error' }), 'server', true],
	['OpenAI, too fast', error({ message: 'Slow down', code: 'rate_limit_exceeded' }), 'rate_limit', true],
	['out of credit', error({ message: 'Pay', type: 'insufficient_quota' }), 'insufficient_quota', false],
	['overloaded', error({ message: 'Overloaded', type: 'overloaded_error' }), 'overloaded', true],
	['too long', error({ message: 'Too long', code: 'context_length_exceeded' }), 'context_length', false],
	['a refused request', error({ message: 'No', type: 'invalid_request_error' }), 'bad_request', false],
	['OpenRouter, too fast', error({ message: 'Slow down', code: 429 }), 'rate_limit', true],
	['OpenRouter, upstream down', error({ message: 'Down', code: 502 }), 'server', true],
	['a text', 'data: {"error":"out of memory"}\n\n', 'server', true],
	[
		'OpenRouter, with choices',
		'data: {"id":"x","error":{"code":"server_error","message":"Lost"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}\n\n',
		'server',
		true,
	],
	[
		'a choice that failed',
		'data: {"choices":[{"index":0,"error":{"message":"Lost"},"finish_reason":"stop"}]}\n\n',
		'server',
		true,
	],
	[
		'vLLM',
		'data: {"object":"error","message":"No","type":"BadRequestError","code":400}\n\ndata: [DONE]\n\n',
		'server',
		true,
	],
	['an event', 'event: error\ndata: {"message":"No","code":"rate_limit_exceeded"}\n\n', 'server', true],
	['an event with an error', `event: error\n${error({ message: 'No', code: 429 })}`, 'rate_limit', true],
	['an event of words', 'event: error\ndata: upstream is gone\n\n', 'server', true],
	['words', 'data: Internal Server Error\n\n', 'bad_reply', true],
	['half a chunk', 'data: {"choices":[{"index":0,"del\n\n', 'bad_reply', true],
	['no chunk', 'data: null\n\n', 'bad_reply', true],
];

describe.each(frames)('an error in the stream: %s', (_, thenSend, kind, mayHelp) => {
	const times = mayHelp ? 3 : 1;

	test.each([
		['before the first token', 1],
		['after it', 3],
	])('%s', async (_, upTo) => {
		server.behave(() => streamed({ upTo, thenSend, text: '123456', pieces: 6 }));
		const failure = await failureOf(stream());
		expect(failure.kind).toBe(kind);
		expect(failure.attempts).toHaveLength(times);
		expect(failure.details.partialText).toBe(upTo === 3 ? '12' : undefined);
		expect(failure.details.requestId).toBe(faults.requestIdOf(server.requests.at(-1)!));
		expect(server.stats.requests).toBe(times);
	});

	test('after something was shown', async () => {
		server.behave(() => streamed({ upTo: 3, thenSend }));
		const failure = await failureOf(stream({ stream: { onText: () => {} }, fallbackModels: ['gpt-4.1'] }));
		expect(failure).toMatchObject({ kind, details: { shown: true }, attempts: [{ model: 'gpt-4o' }] });
		expect(server.stats.requests).toBe(1);
	});
});

test('the words of an error are the server’s', async () => {
	server.behave(() =>
		streamed({ upTo: 2, thenSend: error({ message: 'Sorry about that!', type: 'server_error' }) }),
	);
	const failure = await failureOf(stream());
	expect(failure.message).toBe('Sorry about that!');
	expect(failure.details).toMatchObject({ status: 200, type: 'server_error' });
});

test('another model is asked when an error comes before the first token', async () => {
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

describe('an answer that is an error', () => {
	test.each<[string, faults.Behaviour, FailureKind, number]>([
		['429', faults.rateLimited({ retryAfter: { ms: 20 } }), 'rate_limit', 3],
		['429, out of credit', faults.quotaExhausted(), 'insufficient_quota', 1],
		['500', fail({ status: 500 }), 'server', 3],
		['503 of a proxy', fail({ status: 503, shape: 'html' }), 'overloaded', 3],
		['401', faults.wrongKey(), 'authentication', 1],
		['400', fail({ status: 400 }), 'bad_request', 1],
		[
			'400 that calls itself a stream',
			fail({ status: 400, headers: { 'content-type': 'text/event-stream' } }),
			'bad_request',
			1,
		],
		['200 with an error', faults.errorIn200({ code: '502' }), 'server', 3],
		['200 with a page', faults.notJson(), 'bad_reply', 3],
		['a redirect', faults.redirect({ status: 307, location: '/' }), 'redirect', 1],
	])('%s', async (_, behaviour, kind, times) => {
		server.behave(() => behaviour);
		expect((await failureOf(stream())).kind).toBe(kind);
		expect(server.stats.requests).toBe(times);
	});

	test('is waited for as long as it asks', async () => {
		server.behave(({ attempt }) =>
			attempt === 1 ? faults.rateLimited({ retryAfter: { seconds: 7 } }) : ok(),
		);
		expect((await stream()).failedAttempts).toEqual([
			{ status: 429, code: 'rate_limit_exceeded', waitedMs: 7000 },
		]);
	});
});
