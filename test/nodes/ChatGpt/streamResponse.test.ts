import { setTimeout as sleep } from 'node:timers/promises';
import type { StructuredChunk } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, type ChatGptRun } from '../../support/chatGptRun';
import {
	fail,
	hangBeforeHeaders,
	ok,
	quotaExhausted,
	startFaultServer,
	streamed,
	type FaultServer,
} from '../../support/faultServer';
import { until } from '../../support/until';

const TEXT = 'One two three four five six';
/** The role and two pieces of the text. */
const CUT = { text: TEXT, pieces: 3, upTo: 3, end: 'rst' } as const;

let server: FaultServer;
let chunks: StructuredChunk[];
beforeEach(async () => {
	chunks = [];
	server = await startFaultServer();
});
afterEach(() => server.close());

/** One execution whose caller reads along. */
const execute = (run: ChatGptRun = {}) =>
	runChatGpt(server, { onChunk: (chunk) => void chunks.push(chunk), ...run });

/** What the caller got of one item, and what of it is text. */
function received(item = 0) {
	const own = chunks.filter(({ metadata }) => metadata.itemIndex === item);
	const text = own.map(({ type, content }) => (type === 'item' ? content : '')).join('');
	const types = own.map(({ type }) => type);
	return { types, kinds: types.filter((type, at) => type !== types[at - 1]), text };
}

const isStream = (index = 0) => (server.requests[index]?.body as { stream?: boolean }).stream ?? false;

describe('a caller who reads along', () => {
	test('gets the reply while it is being written, and the output is the same', async () => {
		server.behave(() => streamed({ text: TEXT.repeat(20), pieces: 30, everyMs: 5 }));
		const { output, error } = await execute();
		expect(error).toBeUndefined();
		const { types, text } = received();
		expect(text).toBe(TEXT.repeat(20));
		expect(types[0]).toBe('begin');
		expect(types.at(-1)).toBe('end');
		expect(types.filter((type) => type === 'item').length).toBeGreaterThan(2);
		expect(new Set(types.slice(1, -1))).toEqual(new Set(['item']));
		expect(output('ChatGPT')[0]?.json).toMatchObject({
			text,
			finishReason: 'stop',
			usage: { promptTokens: 3, completionTokens: expect.any(Number) },
			timeToFirstTokenMs: expect.any(Number),
			attempts: 1,
			warnings: [],
		});
	});

	test('gets the first word at once, and the rest in fewer pieces than tokens', async () => {
		server.behave(() => streamed({ text: 'ab'.repeat(200), pieces: 200, everyMs: 1 }));
		await execute();
		const items = chunks.filter(({ type }) => type === 'item').map(({ content }) => content!);
		expect(items[0]).toBe('ab');
		// Some ten; more where the machine is slow, because then time is up more often.
		expect(items.length).toBeLessThan(100);
		expect(items.join('')).toBe('ab'.repeat(200));
	});

	test('can tell items apart that are written at the same time', async () => {
		server.behave(() =>
			streamed({ text: ({ rawBody }) => /Question \d/.exec(rawBody)![0].repeat(30), pieces: 20, everyMs: 2 }),
		);
		await execute({ items: numberedItems(5) });
		for (let item = 0; item < 5; item++) {
			const { types, text } = received(item);
			expect(text).toBe(`Question ${item}`.repeat(30));
			expect([types[0], types.at(-1)]).toEqual(['begin', 'end']);
		}
		const order = chunks.map(({ metadata }) => metadata.itemIndex);
		expect(order).not.toEqual([...order].sort());
	});

	test('may be slow: pieces keep their order and the node waits for the last', async () => {
		const read: string[] = [];
		server.behave(() => streamed({ text: TEXT.repeat(20), pieces: 30 }));
		await execute({
			onChunk: async ({ type, content }) => {
				await sleep(Math.random() * 5);
				read.push(type === 'item' ? content! : `<${type}>`);
			},
		});
		expect(read.join('')).toBe(`<begin>${TEXT.repeat(20)}<end>`);
	});

	test('may be gone: the reply is not lost', async () => {
		const { output } = await execute({
			onChunk: () => {
				throw new Error('Nobody there');
			},
		});
		expect(output('ChatGPT')[0]?.json.text).toBe('Reply to: Question 0');
	});

	test('may be gone when an item fails: the others are answered', async () => {
		server.behave(({ rawBody }) => (rawBody.includes('Question 1') ? fail({ status: 400 }) : ok()));
		const onChunk = () => Promise.reject(new Error('Nobody there'));
		const { output } = await execute({ items: numberedItems(3), node: CONTINUE, onChunk });
		expect(output('ChatGPT').map(({ json }) => 'error' in json)).toEqual([false, true, false]);
	});

	test('gets the first of several choices', async () => {
		server.behave(() => ok({ text: (_, choice) => `Choice ${choice}` }));
		const { output } = await execute({ options: { n: 2 } });
		expect(received().text).toBe('Choice 0');
		expect(output('ChatGPT')[0]?.json.choices).toHaveLength(2);
	});

	test('gets a reply at once from a server that does not stream', async () => {
		server.behave(({ index }) => ({
			kind: 'json',
			status: 200,
			body: { id: `${index}`, choices: [{ index: 0, message: { content: TEXT }, finish_reason: 'stop' }] },
		}));
		await execute();
		expect(received()).toMatchObject({ types: ['begin', 'item', 'end'], text: TEXT });
	});

	test('gets a cached reply, too', async () => {
		const options = { cacheReplies: 60 };
		const items = [{ json: { question: 'Cached?' } }];
		await execute({ items, options });
		chunks.length = 0;
		const { output } = await execute({ items, options });
		expect(output('ChatGPT')[0]?.json.cached).toBe(true);
		expect(received()).toMatchObject({ types: ['begin', 'item', 'end'], text: 'Reply to: Cached?' });
		expect(server.requests).toHaveLength(1);
	});

	test('gets nothing when Stream Response is off, or nobody reads', async () => {
		await execute({ options: { streamResponse: false } });
		await execute({ onChunk: undefined });
		expect(chunks).toEqual([]);
		expect([isStream(0), isStream(1)]).toEqual([false, false]);
	});
});

describe('a failure', () => {
	test('that ends the run is explained by n8n, in our words', async () => {
		server.behave(() => quotaExhausted());
		const { run } = await execute();
		expect(run.status).toBe('error');
		expect(chunks.map(({ type, content }) => [type, content])).toEqual([
			['begin', undefined],
			[
				'error',
				'The account of this API key has no credit left: You exceeded your current quota, please check your plan and billing details. Item 0: Add credit or raise the spending limit on the billing page of the provider, then run the item again',
			],
		]);
	});

	test('of one of several items is told under its number', async () => {
		server.behave(({ rawBody }) => (rawBody.includes('Question 1') ? fail({ status: 400 }) : ok()));
		await execute({ items: numberedItems(3), node: CONTINUE });
		expect([0, 1, 2].map((item) => received(item).kinds)).toEqual([
			['begin', 'item', 'end'],
			['begin', 'error'],
			['begin', 'item', 'end'],
		]);
		expect(chunks.find(({ type }) => type === 'error')?.content).toMatch(
			/^The API cannot accept this request/,
		);
	});

	test('before the first word is tried again, unseen by the caller', async () => {
		server.behave(({ index }) => (index === 0 ? streamed({ ...CUT, upTo: 1 }) : ok({ text: TEXT })));
		const { output } = await execute();
		expect(received()).toMatchObject({ text: TEXT });
		expect(output('ChatGPT')[0]?.json.attempts).toBe(2);
	});

	test('after it is not, and what failed is said', async () => {
		const error = { error: { message: 'The engine is on fire', type: 'server_error' } };
		server.behave(() => streamed({ text: TEXT, upTo: 3, thenSend: `data: ${JSON.stringify(error)}\n\n` }));
		const { output } = await execute({ node: CONTINUE });
		expect(output('ChatGPT')[0]?.json.error).toBe(
			'The reply broke off in the middle, after a part of it had been shown. The server failed in 1 attempt: The engine is on fire',
		);
	});

	test('after it is not: the error has the part that came', async () => {
		server.behave(() => streamed(CUT));
		const { output } = await execute({ node: CONTINUE });
		expect(received()).toMatchObject({ kinds: ['begin', 'item', 'error'], text: 'One two three four' });
		expect(output('ChatGPT')[0]?.json).toMatchObject({
			error:
				'The reply broke off in the middle, after a part of it had been shown. The connection failed in 1 attempt: the server cut it',
			details: {
				partialText: 'One two three four',
				attempts: [{ code: 'ECONNRESET' }],
				hint: 'Run the item again; if On Error is set to continue, what came of the reply is in details.partialText',
			},
		});
		expect(server.requests).toHaveLength(1);
	});
});

test('a refusal is shown to the caller', async () => {
	const message = { role: 'assistant', content: null, refusal: 'I cannot help with that.' };
	server.behave(() => ok({ body: { choices: [{ index: 0, finish_reason: 'stop', message }] } }));
	const { output } = await execute();
	expect(received()).toMatchObject({ kinds: ['begin', 'item', 'end'], text: 'I cannot help with that.' });
	expect(output('ChatGPT')[0]?.json).toMatchObject({ text: '', refusal: 'I cannot help with that.' });
});

test('where the model may not be streamed, the reply comes as a whole', async () => {
	server.behave(({ body }) =>
		(body as { stream?: boolean }).stream
			? fail({
					status: 400,
					param: 'stream',
					message: 'Your organization must be verified to stream this model.',
				})
			: ok({ text: TEXT }),
	);
	const { output } = await execute();
	expect(received()).toMatchObject({ kinds: ['begin', 'item', 'end'], text: TEXT });
	expect(output('ChatGPT')[0]?.json).toMatchObject({
		text: TEXT,
		warnings: [
			{
				feature: 'stream',
				message: 'Sent without streaming, which the server does not allow for this model.',
			},
		],
	});
});

test('Stop ends the request and tells the caller nothing more', async () => {
	server.behave(() => hangBeforeHeaders());
	const { run } = await execute({
		onStart: ({ cancel }) => {
			void until('the request is under way', () => server.stats.inFlight === 1).then(cancel);
		},
	});
	expect(run.status).toBe('canceled');
	await until('the server has seen the caller hang up', () => server.stats.aborted === 1);
	expect(received().types).toEqual(['begin']);
});
