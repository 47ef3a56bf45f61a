import type { ChatResult } from '../../client/client';
import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { streamCalls } from '../support/streamCalls';
import { quirks } from '../support/streamQuirks';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok, streamed } = faults;
const TEXT = 'Grüße, 世界 🌍! A few words\nmore.';

const server = useFaultServer();

/** All of a result but what differs from call to call. */
function dropCallInfo({ choices, model, usage, warnings }: ChatResult) {
	return { choices, model, usage, warnings };
}

const complete = async (more = {}) => await connect(server).completeChat(request(), options(more));
const { stream, streamShown } = streamCalls(server);

describe('a streamed reply', () => {
	test('a streamed reply is over when its usage has come, though pings keep the connection', async () => {
		server.behave(() =>
			streamed({
				text: 'Paris',
				rewrite: (chunks) => chunks,
				wire: (text) => text.replace('data: [DONE]\n\n', ': ping\n\n'.repeat(50)),
				writeBytes: 400,
				everyMs: 100,
				end: 'silence',
			}),
		);
		const result = await stream({ timeoutMs: 20_000 });
		expect(result.choices[0].text).toBe('Paris');
		expect(server.lastRequest().answered).toBe(false);
	});

	test('a streamed reply is asked for with its usage, and read', async () => {
		server.behave(() => ok({ text: 'Paris', usage: { prompt_tokens: 5, completion_tokens: 1 } }));
		const result = await stream();
		expect(server.lastRequest().body).toEqual({
			...request(),
			stream: true,
			stream_options: { include_usage: true },
		});
		expect(result).toMatchObject({
			id: `chatcmpl-${'0'.repeat(32)}`,
			choices: [{ index: 0, text: 'Paris', finishReason: 'stop' }],
			model: 'gpt-4o',
			usage: { promptTokens: 5, completionTokens: 1, totalTokens: 6, cachedTokens: 0, reasoningTokens: 0 },
			failedAttempts: [],
			requestId: faults.requestIdOf(server.lastRequest()),
			warnings: [],
		});
		expect(result.raw).toMatchObject({ object: 'chat.completion', service_tier: 'default' });
		expect(result.timeToFirstTokenMs).toBeLessThanOrEqual(result.latencyMs);
	});

	test('a streamed reply is not asked for without the option stream', async () => {
		expect(await complete()).not.toHaveProperty('timeToFirstTokenMs');
		expect(server.lastRequest().body).toEqual(request());
	});

	test('the text of a stream is shown piece by piece, while the rest is still to come', async () => {
		server.behave(() => streamed({ text: TEXT, pieces: 5, upTo: 4, end: 'silence' }));
		const pieces: string[] = [];
		const controller = new AbortController();
		const call = stream({
			stream: { onText: (text: string) => pieces.push(text) },
			abortSignal: controller.signal,
		});
		const rejected = expect(call).rejects.toThrow('enough');
		await until('three pieces are there', () => pieces.length === 3);
		expect(TEXT.startsWith(pieces.join(''))).toBe(true);
		controller.abort(new Error('enough'));
		await rejected;
	});

	test.each(Object.entries(quirks))('a streamed reply is the same as a plain one: %s', async (_, quirk) => {
		server.behave(() => ok({ text: TEXT }));
		const plain = await complete();
		server.behave(() => streamed({ text: TEXT, ...quirk }));
		const { shown, ...result } = await streamShown({ maxRetries: 0 });
		expect(dropCallInfo(result)).toEqual(dropCallInfo(plain));
		expect(shown).toEqual([TEXT]);
	});

	test('a streamed reply is the same as a plain one, whatever it has besides text', async () => {
		const call = (id: string) => ({
			id,
			type: 'function',
			function: { name: `f${id}`, arguments: '{"a":"ü"}' },
		});
		const entry = (token: string) => ({ token, logprob: -0.1, bytes: null, top_logprobs: [] });
		const choices = [
			{ message: { content: 'Hello', reasoning_content: 'They greet me.' }, finish_reason: 'length' },
			{ message: { content: null, tool_calls: [call('1'), call('2')] }, finish_reason: 'tool_calls' },
			{ message: { content: null, refusal: 'I will not.' }, finish_reason: 'stop' },
			{
				message: { content: 'Hi' },
				logprobs: { content: ['H', 'i', ''].map(entry), refusal: null },
				finish_reason: 'content_filter',
			},
		].map((choice, index) => ({ index, logprobs: null, ...choice }));
		server.behave(() => ok({ body: { choices } }));
		const plain = await complete();
		const { shown, ...result } = await streamShown();
		expect(dropCallInfo(result)).toEqual(dropCallInfo(plain));
		expect(result.choices).toMatchObject([{ reasoning: 'They greet me.' }, { toolCalls: [{}, {}] }, {}, {}]);
		expect([...shown]).toEqual(['Hello', undefined, undefined, 'Hi']);
	});

	test.each<[string, faults.Streamed, object]>([
		[
			'no finish reason',
			{ rewrite: (chunks) => chunks.filter((chunk) => !isLast(chunk)) },
			{ finishReason: 'other' },
		],
		[
			'neither finish reason nor [DONE]',
			{ rewrite: (chunks) => chunks.filter((chunk) => !isLast(chunk)), upTo: -1 },
			{ finishReason: 'other' },
		],
		[
			'an unknown finish reason',
			{
				rewrite: (chunks) =>
					chunks.map((chunk) => (isLast(chunk) ? { choices: [{ finish_reason: 'unheard_of' }] } : chunk)),
			},
			{ finishReason: 'other' },
		],
	])('a streamed reply with %s has its text all the same', async (_, quirk, choice) => {
		server.behave(() => streamed({ text: TEXT, ...quirk }));
		const result = await stream({ maxRetries: 0 });
		expect(result.choices).toEqual([{ index: 0, text: TEXT, ...choice }]);
		expect(result.usage).toMatchObject({ completionTokens: 8 });
	});

	test.each<[string, faults.Streamed]>([
		['null', { rewrite: (chunks) => chunks.slice(0, -1) }],
		['absent', { rewrite: (chunks) => chunks.slice(0, -1).map((chunk) => ({ ...chunk, usage: undefined })) }],
		['absent, and [DONE] too', { upTo: -2 }],
		['lost with the connection', { upTo: -2, end: 'rst' }],
		['lost to an error', { upTo: -2, thenSend: 'data: {"error":{"message":"Cannot count"}}\n\n' }],
	])('a streamed reply whose usage is %s has no usage', async (_, quirk) => {
		server.behave(() => streamed({ text: TEXT, ...quirk }));
		const result = await stream({ maxRetries: 0 });
		expect(result.choices).toEqual([{ index: 0, text: TEXT, finishReason: 'stop' }]);
		expect(result).not.toHaveProperty('usage');
	});

	test('a streamed reply in one event of 5 MB is read', async () => {
		const text = 'long '.repeat(1_000_000);
		server.behave(() => streamed({ text, pieces: 1 }));
		expect((await stream()).choices[0].text).toBe(text);
	});

	test('a streamed reply in 20,000 pieces is read', async () => {
		const text = 'x'.repeat(20_000);
		server.behave(() => streamed({ text, pieces: 20_000, writeBytes: 1400 }));
		expect((await stream()).choices[0].text).toBe(text);
	});
});

describe('a server that does not stream', () => {
	test('a plain reply to a stream request is read, and its text is shown at once', async () => {
		server.behave((sent) => faults.json(200, faults.completionJson(sent, { text: TEXT, choices: 2 })));
		const result = await streamShown();
		expect(result.choices[0]).toEqual({ index: 0, text: TEXT, finishReason: 'stop' });
		expect(result.shown).toEqual([TEXT, TEXT]);
		expect(result.timeToFirstTokenMs).toBeLessThanOrEqual(result.latencyMs);
	});

	test('a plain reply without choices to a stream request is a bad_reply', async () => {
		server.behave(() => faults.json(200, { choices: [] }));
		expect(await failureOf(stream())).toMatchObject({ kind: 'bad_reply', attempts: [{}, {}, {}] });
	});
});

describe('a server that refuses stream_options', () => {
	const refusal = { status: 400, param: 'stream_options', message: 'Unknown parameter' };

	test.each([
		['by the parameter', refusal],
		[
			'by the message',
			{ ...refusal, param: null, message: "Extra inputs are not permitted: 'stream_options'" },
		],
	])(
		'a server that rejects stream_options %s is asked without them, and a warning says so',
		async (_, refused) => {
			server.behave(({ body }) => (body.stream_options ? fail(refused) : ok({ text: TEXT })));
			const result = await stream();
			expect(server.lastRequest().body).toEqual({ ...request(), stream: true });
			expect(result.choices[0].text).toBe(TEXT);
			expect(result.failedAttempts).toEqual([{ status: 400, waitedMs: 0 }]);
			expect(result.warnings).toMatchObject([{ feature: 'stream_options' }]);
			expect(result).not.toHaveProperty('usage');
		},
	);

	test('a server that rejects more than stream_options is asked no third time', async () => {
		server.behave(() => fail(refusal));
		const failure = await failureOf(stream());
		expect(failure).toMatchObject({
			kind: 'bad_request',
			attempts: [{ status: 400, waitedMs: 0 }, { status: 400 }],
		});
		expect(server.stats.requests).toBe(2);
	});
});

describe('connections', () => {
	test('100 streams, 10 at a time, share a dozen connections', async () => {
		server.behave(() => ok({ text: TEXT, latencyMs: 2 }));
		const client = connect(server);
		for (let time = 0; time < 10; time++) {
			const calls = Array.from({ length: 10 }, () => client.completeChat(request(), options({ stream: {} })));
			await Promise.all(calls);
		}
		expect(server.stats).toMatchObject({ requests: 100, inFlight: 0 });
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	});

	test('a connection that the server does not end after [DONE] is closed', async () => {
		server.behave(() => streamed({ text: TEXT, end: 'silence' }));
		expect((await stream()).choices[0].text).toBe(TEXT);
		await until('the connection is closed', () => server.stats.openSockets === 0);
		expect(server.stats.requests).toBe(1);
	});
});

const isLast = ({ choices }: faults.Chunk) => choices.some(({ finish_reason }) => finish_reason !== null);
