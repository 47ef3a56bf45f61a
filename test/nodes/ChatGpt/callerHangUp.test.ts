import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeOperationError } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, type ChatGptRun, onlyItem } from '../../support/chatGptRun';
import { callingTools, streamed } from '../../support/faultServer';
import { toolNode } from '../../support/toolNodes';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';
import type { RunResult } from '../../support/workflowRunner';

// The caller is a real one, over HTTP, as with a Webhook whose response mode is Streaming.

const server = useFaultServer();
let webhook: Server;
let execution: Promise<RunResult>;
let run: ChatGptRun;
beforeEach(async () => {
	// n8n loads the node when it starts, before any request.
	await runChatGpt(server);
	server.reset();
	webhook = createServer((_, response) => {
		const onChunk = (chunk: object) => void response.write(`${JSON.stringify(chunk)}\n`);
		execution = runChatGpt(server, { onChunk, ...run });
		void execution.finally(() => response.end());
	});
	await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
	webhook.closeAllConnections();
	webhook.close();
});

/** Calls the webhook; resolves with its answer when that begins. */
async function callWebhook(more: ChatGptRun = {}) {
	run = more;
	const call = request({ port: (webhook.address() as AddressInfo).port, host: '127.0.0.1' }).end();
	call.on('error', () => {});
	const answer = await new Promise<IncomingMessage>((resolve) => call.on('response', resolve));
	answer.on('error', () => {});
	return { call, answer };
}

/** Reads so many lines, then hangs up. */
async function hangUpAfter(lines: number, more?: ChatGptRun) {
	const { call, answer } = await callWebhook(more);
	let seen = 0;
	await new Promise<void>((resolve) =>
		answer.on('data', (data: Buffer) => {
			seen += data.toString().split('\n').length - 1;
			if (seen >= lines) resolve();
		}),
	);
	call.destroy();
}

const streamSlowly = () => streamed({ text: 'word '.repeat(1000), pieces: 1000, everyMs: 20 });

test('a caller who hangs up ends the request, and the item says so', async () => {
	server.behave(streamSlowly);
	await hangUpAfter(3, { options: { maxRetries: 5 } });
	await until('the request is ended', () => server.stats.aborted === 1);
	const { error } = await execution;
	expect(error?.message).toBe(
		'The caller hung up before the reply was complete, so no more was asked of the API',
	);
	expect(error?.description).toMatch(
		/Item 0: Turn off the option Stream Response if the reply is needed all the same$/,
	);
	expect(server.requests).toHaveLength(1);
});

test('items that wait for their turn when the caller hangs up are not sent', async () => {
	server.behave(streamSlowly);
	await hangUpAfter(3, {
		items: numberedItems(5),
		options: { maxConcurrentRequests: 1 },
		node: CONTINUE,
	});
	const { output } = await execution;
	expect(server.requests).toHaveLength(1);
	expect(output('ChatGPT').map(({ json }) => json.error)).toEqual(
		Array(5).fill('The caller hung up before the reply was complete, so no more was asked of the API'),
	);
});

test('each item says what it had cost and done when the caller hung up', async () => {
	const usage = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
	server.behave(({ body, rawBody }) => {
		if ((body.messages as unknown[]).length > 1) return streamSlowly();
		const of = rawBody.includes('Question 0') ? 'first' : 'second';
		return callingTools([['weather', { of }]], { usage });
	});
	await hangUpAfter(10, {
		items: numberedItems(2),
		tools: [toolNode('weather')],
		options: { prices: { values: [{ model: '', input: 0.4, cachedInput: 0, output: 1.6 }] } },
		node: CONTINUE,
	});
	const { output, hints, nodeRuns } = await execution;
	expect(output('ChatGPT').map(({ json }) => json)).toMatchObject(
		['first', 'second'].map((of) => ({
			error: expect.stringMatching(/^The caller hung up/),
			details: {
				usage: { promptTokens: 1000, completionTokens: 500 },
				costUsd: 0.0012,
				toolCalls: [{ result: `weather of ${of}` }],
			},
		})),
	);
	expect(hints('ChatGPT')[0]?.message).toContain('about $0.00240.');
	expect(nodeRuns('ChatGPT')[0]?.metadata?.tokenUsage).toEqual({ inputTokens: 2000, outputTokens: 1000 });
});

test('the error of On Error: Stop says what had been paid and done when the caller hung up', async () => {
	server.behave(({ body }) =>
		(body.messages as unknown[]).length > 1 ? streamSlowly() : callingTools([['weather', { of: 'it' }]]),
	);
	await hangUpAfter(5, { tools: [toolNode('weather')] });
	const { error } = await execution;
	expect((error as NodeOperationError).context.data).toMatchObject({
		usage: { promptTokens: expect.any(Number) },
		toolCalls: [{ result: 'weather of it' }],
	});
});

test('a caller who stays gets all of the reply, and no request is ended', async () => {
	server.behave(() => streamed({ text: 'one two three', pieces: 3 }));
	const { answer } = await callWebhook();
	answer.resume();
	await once(answer, 'end');
	const { error, output } = await execution;
	expect(error).toBeUndefined();
	expect(onlyItem({ output }).text).toBe('one two three');
	expect(server.stats.aborted).toBe(0);
});

test('with Stream Response off, the reply is finished though the caller hangs up', async () => {
	server.behave(() => streamed({ text: 'one two three', pieces: 3, everyMs: 50 }));
	run = { options: { streamResponse: false, streamFromApi: true } };
	const call = request({ port: (webhook.address() as AddressInfo).port, host: '127.0.0.1' }).end();
	call.on('error', () => {});
	await until('it is asked', () => server.requests.length === 1);
	call.destroy();
	const item = onlyItem(await execution);
	expect(item.text).toBe('one two three');
});
