import { setTimeout as sleep } from 'node:timers/promises';
import {
	CONTINUE,
	numberedItems,
	runChatGpt,
	type ChatGptRun,
	onlyItem,
	readAlong,
} from '../../support/chatGptRun';
import { fail, hangBeforeHeaders, ok, quotaExhausted, streamed } from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const TEXT = 'One two three four five six';
/** The role and two pieces of the text. */
const CUT = { text: TEXT, pieces: 3, upTo: 3, end: 'rst' } as const;

const server = useFaultServer();
let caller: ReturnType<typeof readAlong>;
beforeEach(() => {
	caller = readAlong();
});

/** Runs one execution, whose caller reads along. */
const execute = (run: ChatGptRun = {}) => runChatGpt(server, { onChunk: caller.onChunk, ...run });

/** What the caller got of one item, and what of it is text. */
function received(item = 0) {
	const own = caller.chunks.filter(({ metadata }) => metadata.itemIndex === item);
	const text = own.map(({ type, content }) => (type === 'item' ? content : '')).join('');
	const types = own.map(({ type }) => type);
	return { types, kinds: types.filter((type, at) => type !== types[at - 1]), text };
}

const isStream = (index = 0) => (server.requests[index]?.body as { stream?: boolean }).stream ?? false;

describe('a caller who reads along', () => {
	test('a caller gets the reply while it is being written, and the output is the same', async () => {
		server.behave(() => streamed({ text: TEXT.repeat(20), pieces: 30, everyMs: 5 }));
		const { output, error } = await execute();
		expect(error).toBeUndefined();
		const { types, text } = received();
		expect(text).toBe(TEXT.repeat(20));
		expect(types[0]).toBe('begin');
		expect(types.at(-1)).toBe('end');
		expect(types.filter((type) => type === 'item').length).toBeGreaterThan(2);
		expect(new Set(types.slice(1, -1))).toEqual(new Set(['item']));
		expect(onlyItem({ output })).toMatchObject({
			text,
			finishReason: 'stop',
			usage: { promptTokens: 3, completionTokens: expect.any(Number) },
			timeToFirstTokenMs: expect.any(Number),
			attempts: 1,
			warnings: [],
		});
	});

	test('a caller gets the first word at once, and the rest in fewer pieces than tokens', async () => {
		server.behave(() => streamed({ text: 'ab'.repeat(200), pieces: 200, everyMs: 1 }));
		await execute();
		const items = caller.pieces();
		expect(items[0]).toBe('ab');
		// There are some ten pieces, and more where the machine is slow, because then time is up more often.
		expect(items.length).toBeLessThan(100);
		expect(items.join('')).toBe('ab'.repeat(200));
	});

	test('a caller can tell items apart that are written at the same time', async () => {
		server.behave(() =>
			streamed({ text: ({ rawBody }) => /Question \d/.exec(rawBody)![0].repeat(30), pieces: 20, everyMs: 2 }),
		);
		await execute({ items: numberedItems(5) });
		for (let item = 0; item < 5; item++) {
			const { types, text } = received(item);
			expect(text).toBe(`Question ${item}`.repeat(30));
			expect([types[0], types.at(-1)]).toEqual(['begin', 'end']);
		}
		const order = caller.chunks.map(({ metadata }) => metadata.itemIndex);
		expect(order).not.toEqual([...order].sort());
	});

	test('a slow caller gets the pieces in order, and the node waits for the last', async () => {
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

	test('a caller who is gone does not lose the reply', async () => {
		const item = onlyItem(
			await execute({
				onChunk: () => {
					throw new Error('The caller is gone');
				},
			}),
		);
		expect(item.text).toBe('Reply to: Question 0');
	});

	test('a caller who is gone when an item fails leaves the others to be answered', async () => {
		server.behave(({ rawBody }) => (rawBody.includes('Question 1') ? fail({ status: 400 }) : ok()));
		const onChunk = () => Promise.reject(new Error('The caller is gone'));
		const { output } = await execute({ items: numberedItems(3), node: CONTINUE, onChunk });
		expect(output('ChatGPT').map(({ json }) => 'error' in json)).toEqual([false, true, false]);
	});

	test('a caller gets the first of several choices', async () => {
		server.behave(() => ok({ text: (_, choice) => `Choice ${choice}` }));
		const item = onlyItem(await execute({ options: { n: 2 } }));
		expect(received().text).toBe('Choice 0');
		expect(item.choices).toHaveLength(2);
	});

	test('a caller gets a reply at once from a server that does not stream', async () => {
		server.behave(({ index }) => ({
			kind: 'json',
			status: 200,
			body: { id: `${index}`, choices: [{ index: 0, message: { content: TEXT }, finish_reason: 'stop' }] },
		}));
		await execute();
		expect(received()).toMatchObject({ types: ['begin', 'item', 'end'], text: TEXT });
	});

	test('a caller gets a cached reply, too', async () => {
		const options = { cacheReplies: 60 };
		const items = [{ json: { question: 'Cached?' } }];
		await execute({ items, options });
		caller = readAlong();
		const json = onlyItem(await execute({ items, options }));
		expect(json.cached).toBe(true);
		expect(received()).toMatchObject({ types: ['begin', 'item', 'end'], text: 'Reply to: Cached?' });
		expect(server.requests).toHaveLength(1);
	});

	test('a caller gets nothing when Stream Response is off, and nothing is streamed without a caller', async () => {
		await execute({ options: { streamResponse: false } });
		await execute({ onChunk: undefined });
		expect(caller.chunks).toEqual([]);
		expect([isStream(0), isStream(1)]).toEqual([false, false]);
	});
});

describe('a failure', () => {
	test('a failure that ends the run is explained to the caller by n8n, in our words', async () => {
		server.behave(() => quotaExhausted());
		const { run } = await execute();
		expect(run.status).toBe('error');
		expect(caller.chunks.map(({ type, content }) => [type, content])).toEqual([
			['begin', undefined],
			[
				'error',
				'The account of this API key has no credit left: You exceeded your current quota, please check your plan and billing details. Item 0: Add credit or raise the spending limit on the billing page of the provider, then run the item again',
			],
		]);
	});

	test('a failure of one of several items is told to the caller under its number', async () => {
		server.behave(({ rawBody }) => (rawBody.includes('Question 1') ? fail({ status: 400 }) : ok()));
		await execute({ items: numberedItems(3), node: CONTINUE });
		expect([0, 1, 2].map((item) => received(item).kinds)).toEqual([
			['begin', 'item', 'end'],
			['begin', 'error'],
			['begin', 'item', 'end'],
		]);
		expect(caller.chunks.find(({ type }) => type === 'error')?.content).toMatch(
			/^The API cannot accept this request/,
		);
	});

	test('a failure before the first word is tried again, unseen by the caller', async () => {
		server.behave(({ index }) => (index === 0 ? streamed({ ...CUT, upTo: 1 }) : ok({ text: TEXT })));
		const item = onlyItem(await execute());
		expect(received()).toMatchObject({ text: TEXT });
		expect(item.attempts).toBe(2);
	});

	test('a failure that a server tells after the first word is not tried again, and the error tells it', async () => {
		const error = { error: { message: 'The engine is on fire', type: 'server_error' } };
		server.behave(() => streamed({ text: TEXT, upTo: 3, thenSend: `data: ${JSON.stringify(error)}\n\n` }));
		const item = onlyItem(await execute({ node: CONTINUE }));
		expect(item.error).toBe(
			'The reply broke off in the middle, after a part of it had been shown. The server failed in 1 attempt: The engine is on fire',
		);
	});

	test('a connection cut after the first word is not tried again, and the error has the part that came', async () => {
		server.behave(() => streamed(CUT));
		const json = onlyItem(await execute({ node: CONTINUE }));
		expect(received()).toMatchObject({ kinds: ['begin', 'item', 'error'], text: 'One two three four' });
		expect(json).toMatchObject({
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
	const json = onlyItem(await execute());
	expect(received()).toMatchObject({ kinds: ['begin', 'item', 'end'], text: 'I cannot help with that.' });
	expect(json).toMatchObject({ text: '', refusal: 'I cannot help with that.' });
});

test('a reply that may not be streamed comes to the caller as a whole', async () => {
	server.behave(({ body }) =>
		(body as { stream?: boolean }).stream
			? fail({
					status: 400,
					param: 'stream',
					message: 'Your organization must be verified to stream this model.',
				})
			: ok({ text: TEXT }),
	);
	const json = onlyItem(await execute());
	expect(received()).toMatchObject({ kinds: ['begin', 'item', 'end'], text: TEXT });
	expect(json).toMatchObject({
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
