import type { IDataObject } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt } from '../../support/chatGptRun';
import {
	fail,
	hangBeforeHeaders,
	json,
	mixedFaults,
	ok,
	quotaExhausted,
	wrongKey,
	type Behaviour,
} from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

test.each([10, 30])(
	'a run in which %s %% of the requests fail loses and doubles no item',
	async (percent) => {
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
	},
);

test.each<[string, Behaviour, string]>([
	['an empty quota', quotaExhausted(), 'The account of this API key has no credit left'],
	['a rejected key', wrongKey(), 'The API refused the key'],
])(
	'%s at item 20 of 100 ends the sending, and every item says whether it was sent',
	async (_name, behaviour, message) => {
		server.behave((request) => (request.index < 20 ? ok({ latencyMs: 5 }) : behaviour));
		const { output, hints } = await runChatGpt(server, { items: numberedItems(100), node: CONTINUE });
		const items = output('ChatGPT').map((item) => item.json as { text?: string; error?: string });
		expect(server.requests.length).toBeLessThanOrEqual(30);
		expect(items).toHaveLength(100);
		expect(items.filter((item) => item.text)).toHaveLength(20);
		expect(items.filter((item) => item.error?.startsWith(message))).toHaveLength(server.requests.length - 20);
		expect(items[90]?.error).toMatch(
			new RegExp(`^Not sent, because item \\d+ failed for a reason all items share\\. ${message}`),
		);
		const failed = output('ChatGPT').filter(({ json }) => json.error);
		expect(failed.map(({ json }) => (json.details as IDataObject).itemAtFault)).toEqual(
			Array.from(failed, () => false),
		);
		expect(hints('ChatGPT')[0]?.message).toMatch(/^100 items: 20 answered, 80 failed/);
	},
);

test.each<[string, number]>([
	['status', 402],
	['body', 200],
])(
	'too little credit for one request, told by the %s of the answer, leaves the others to be sent',
	async (_, status) => {
		const message =
			'This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 1234.';
		const tooDear = json(status, { error: { message, code: 402 } });
		server.behave((request) => (request.rawBody.includes('Question 0') ? tooDear : ok()));
		const { output } = await runChatGpt(server, {
			items: numberedItems(30),
			node: CONTINUE,
			options: { maxConcurrentRequests: 1 },
		});
		const [first, ...others] = output('ChatGPT').map((item) => item.json);
		expect(first).toMatchObject({
			error: `The credit of this API key is not enough for this request: ${message.slice(0, -1)}`,
			details: {
				status,
				code: '402',
				attempts: [{ status, code: '402' }],
				hint: 'Lower Maximum Tokens, which unless set is the most that the model can write, shorten the messages, or add credit',
				itemAtFault: true,
			},
		});
		expect(others.map(({ text }) => text)).toEqual(others.map((_, nth) => `Reply to: Question ${nth + 1}`));
		expect(server.requests).toHaveLength(30);
	},
);

describe('On Error', () => {
	const badItem = (request: { rawBody: string }) =>
		request.rawBody.includes('Question 4')
			? fail({ status: 400, shape: 'openai', message: 'Bad.' })
			: ok({ latencyMs: 5 });
	beforeEach(() => server.behave(badItem));

	test('On Error: Continue puts the error in the place of the item', async () => {
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

	test('On Error: Continue (using error output) puts the error in the second output', async () => {
		const { output } = await runChatGpt(server, {
			items: numberedItems(10),
			node: { onError: 'continueErrorOutput' },
		});
		expect(output('ChatGPT', 0).map((item) => item.json.text)).toEqual(
			[0, 1, 2, 3, 5, 6, 7, 8, 9].map((number) => `Reply to: Question ${number}`),
		);
		expect(output('ChatGPT', 1)).toHaveLength(1);
		expect(output('ChatGPT', 1)[0]).toMatchObject({
			json: { number: 4, error: 'The API cannot accept this request: Bad', details: { status: 400 } },
			pairedItem: { item: 4 },
		});
	});

	test('On Error: Stop throws an error that says what to do', async () => {
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

	test('On Error: Stop sends nothing more, and ends the requests under way', async () => {
		server.behave(async ({ index }) => {
			if (index !== 4) return hangBeforeHeaders();
			await until('ten are under way', () => server.stats.inFlight === 10);
			return fail({ status: 400, shape: 'openai' });
		});
		await runChatGpt(server, { items: numberedItems(100) });
		await until('the server has seen nine hang up', () => server.stats.aborted === 9);
		expect(server.requests).toHaveLength(10);
	});

	test("On Error: Stop keeps our message, though n8n has its own for Node's error codes", async () => {
		server.behave(() => fail({ status: 400, shape: 'openai', message: 'connect ECONNREFUSED 10.0.0.1:80' }));
		const { error } = await runChatGpt(server);
		expect(error?.message).toBe('The API cannot accept this request: connect ECONNREFUSED 10.0.0.1:80');
	});

	test('an expression that fails for one item leaves the others alone, even for the first item', async () => {
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

	test('Retry On Fail after a thrown error sends only what has no reply', async () => {
		failsOnce('Question 50');
		const { output, error } = await runChatGpt(server, { items: numberedItems(100), node: RETRY });
		expect(error).toBeUndefined();
		expect(output('ChatGPT').map((item) => item.json.text)).toEqual(
			Array.from({ length: 100 }, (_, number) => `Reply to: Question ${number}`),
		);
		expect(server.requests).toHaveLength(101);
	});

	test('Retry On Fail after an error in the first item sends only what has no reply', async () => {
		failsOnce('Question 0');
		const { output } = await runChatGpt(server, {
			items: numberedItems(20),
			node: { ...RETRY, ...CONTINUE },
		});
		expect(output('ChatGPT').every((item) => typeof item.json.text === 'string')).toBe(true);
		expect(server.requests).toHaveLength(21);
	});

	test.each(['The printer is on fire', '', 0])(
		'Retry On Fail sends nothing again for a field "error" of the input (%j), which n8n takes for a failure',
		async (given) => {
			const [first, ...others] = numberedItems(3);
			const { output, error } = await runChatGpt(server, {
				items: [{ json: { ...first!.json, error: given } }, ...others],
				node: RETRY,
				options: { includeInputFields: true },
			});
			expect(error).toBeUndefined();
			expect(output('ChatGPT')[0]?.json).toMatchObject({ error: given, text: 'Reply to: Question 0' });
			expect(server.requests).toHaveLength(3);
		},
	);

	test('Retry On Fail sends again what another execution has sent', async () => {
		await runChatGpt(server, { items: numberedItems(3), node: RETRY });
		await runChatGpt(server, { items: numberedItems(3), node: RETRY });
		expect(server.requests).toHaveLength(6);
	});
});
