import type { ChatResult } from '../../client/client';
import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { FaultServer } from '../support/faultServer';
import { quirks } from '../support/streamQuirks';
import { until } from '../support/until';

const { fail, ok, streamed } = faults;
const TEXT = 'Grüße, 世界 🌍! A few words\nmore.';

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

/** All of a result but what differs from call to call. */
function said({ choices, model, usage, warnings }: ChatResult) {
	return { choices, model, usage, warnings };
}

const complete = async (more = {}) => await connect(server).completeChat(request(), options(more));
const stream = async (more = {}) => await complete({ stream: {}, ...more });

/** A call whose text is shown to somebody, and what was shown: one text for each choice. */
async function streamShown(more = {}) {
	const shown: string[] = [];
	const onText = (text: string, choice: number) => (shown[choice] = (shown[choice] ?? '') + text);
	return { ...(await stream({ stream: { onText }, ...more })), shown };
}

describe('a streamed reply', () => {
	test('is over when its usage has come, though the server keeps the connection with pings', async () => {
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
		expect(server.requests[0]!.answered).toBe(false);
	});

	test('is asked for with its usage, and read', async () => {
		server.behave(() => ok({ text: 'Paris', usage: { prompt_tokens: 5, completion_tokens: 1 } }));
		const result = await stream();
		expect(server.requests[0]!.body).toEqual({
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
			requestId: faults.requestIdOf(server.requests[0]!),
			warnings: [],
		});
		expect(result.raw).toMatchObject({ object: 'chat.completion', service_tier: 'default' });
		expect(result.timeToFirstTokenMs).toBeLessThanOrEqual(result.latencyMs);
	});

	test('is not asked for unless it is wanted', async () => {
		expect(await complete()).not.toHaveProperty('timeToFirstTokenMs');
		expect(server.requests[0]!.body).toEqual(request());
	});

	test('is shown piece by piece, while the rest is still to come', async () => {
		server.behave(() => streamed({ text: TEXT, pieces: 5, upTo: 4, end: 'silence' }));
		const pieces: string[] = [];
		const controller = new AbortController();
		const call = stream({
			stream: { onText: (text: string) => pieces.push(text) },
			signal: controller.signal,
		});
		const rejected = expect(call).rejects.toThrow('enough');
		await until('three pieces are there', () => pieces.length === 3);
		expect(TEXT.startsWith(pieces.join(''))).toBe(true);
		controller.abort(new Error('enough'));
		await rejected;
	});

	test.each(Object.entries(quirks))('is the same as a plain one: %s', async (_, quirk) => {
		server.behave(() => ok({ text: TEXT }));
		const plain = await complete();
		server.behave(() => streamed({ text: TEXT, ...quirk }));
		const { shown, ...result } = await streamShown({ maxRetries: 0 });
		expect(said(result)).toEqual(said(plain));
		expect(shown).toEqual([TEXT]);
	});

	test('is the same as a plain one, whatever it has besides text', async () => {
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
		expect(said(result)).toEqual(said(plain));
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
					chunks.map((chunk) => (isLast(chunk) ? { choices: [{ finish_reason: 'eos' }] } : chunk)),
			},
			{ finishReason: 'other' },
		],
	])('with %s has its text all the same', async (_, quirk, choice) => {
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
	])('whose usage is %s has none', async (_, quirk) => {
		server.behave(() => streamed({ text: TEXT, ...quirk }));
		const result = await stream({ maxRetries: 0 });
		expect(result.choices).toEqual([{ index: 0, text: TEXT, finishReason: 'stop' }]);
		expect(result).not.toHaveProperty('usage');
	});

	test('may come in one event of 5 MB', async () => {
		const text = 'long '.repeat(1_000_000);
		server.behave(() => streamed({ text, pieces: 1 }));
		expect((await stream()).choices[0].text).toBe(text);
	});

	test('may come in 20,000 pieces', async () => {
		const text = 'x'.repeat(20_000);
		server.behave(() => streamed({ text, pieces: 20_000, writeBytes: 1400 }));
		expect((await stream()).choices[0].text).toBe(text);
	});
});

describe('a server that does not stream', () => {
	test('is read all the same, and its text is shown at once', async () => {
		server.behave((sent) => faults.json(200, faults.completionJson(sent, { text: TEXT, choices: 2 })));
		const result = await streamShown();
		expect(result.choices[0]).toEqual({ index: 0, text: TEXT, finishReason: 'stop' });
		expect(result.shown).toEqual([TEXT, TEXT]);
		expect(result.timeToFirstTokenMs).toBeLessThanOrEqual(result.latencyMs);
	});

	test('may be broken', async () => {
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
	])('is asked without, and a warning says so: %s', async (_, refused) => {
		server.behave(({ body }) => (body.stream_options ? fail(refused) : ok({ text: TEXT })));
		const result = await stream();
		expect(server.requests[1]!.body).toEqual({ ...request(), stream: true });
		expect(result.choices[0].text).toBe(TEXT);
		expect(result.failedAttempts).toEqual([{ status: 400, waitedMs: 0 }]);
		expect(result.warnings).toMatchObject([{ feature: 'stream_options' }]);
		expect(result).not.toHaveProperty('usage');
	});

	test('and then refuses more is asked no third time', async () => {
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
	test('100 streams, 10 at a time, share a dozen', async () => {
		server.behave(() => ok({ text: TEXT, latencyMs: 2 }));
		const client = connect(server);
		for (let time = 0; time < 10; time++) {
			const calls = Array.from({ length: 10 }, () => client.completeChat(request(), options({ stream: {} })));
			await Promise.all(calls);
		}
		expect(server.stats).toMatchObject({ requests: 100, inFlight: 0 });
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	});

	test('that the server does not end after [DONE] are closed', async () => {
		server.behave(() => streamed({ text: TEXT, end: 'silence' }));
		expect((await stream()).choices[0].text).toBe(TEXT);
		await until('the connection is closed', () => server.stats.openSockets === 0);
		expect(server.stats.requests).toBe(1);
	});
});

const isLast = ({ choices }: faults.Chunk) => choices.some(({ finish_reason }) => finish_reason !== null);
