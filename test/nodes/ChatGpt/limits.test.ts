import { once } from 'node:events';
import net from 'node:net';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { API_KEY, CONTINUE, numberedItems, runChatGpt, type ChatGptRun } from '../../support/chatGptRun';
import {
	hangBeforeHeaders,
	hangMidBody,
	ok,
	rateLimited,
	slowBody,
	startFaultServer,
	type Behaviour,
	type FaultServer,
} from '../../support/faultServer';
import { until } from '../../support/until';

let server: FaultServer;
// A new one for each test: the pace that one test has learned must not reach the next.
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

interface Failed {
	error: string;
	details: IDataObject & { hint: string; attempts: IDataObject[] };
}

/** The output of a run that goes on after failures. */
async function itemsOf<Item>(run: ChatGptRun) {
	const { output, error } = await runChatGpt(server, { node: CONTINUE, ...run });
	expect(error).toBeUndefined();
	return output('ChatGPT').map(({ json }) => json as unknown as Item);
}

/** Milliseconds until the last request reached the server. */
async function timeToSend(work: () => Promise<unknown>) {
	const started = performance.now();
	await work();
	return server.requests.at(-1)!.receivedAt - started;
}

describe('Requests per Minute', () => {
	test('is shared by executions that run at the same time', async () => {
		const options = { requestsPerMinute: 600 };
		const execution = () => runChatGpt(server, { items: numberedItems(4), options });
		const ms = await timeToSend(() => Promise.all([execution(), execution(), execution()]));
		expect(server.requests).toHaveLength(12);
		// Eleven gaps of 100 ms, less what is saved up to make good for late timers.
		expect(ms).toBeGreaterThan(1000);
	});

	test('does not hold up what names no limit', async () => {
		let stop = () => {};
		const limited = runChatGpt(server, {
			items: numberedItems(2),
			options: { requestsPerMinute: 1 },
			onStart: ({ cancel }) => (stop = cancel),
		});
		await until('the first is answered', () => server.requests[0]?.answered === true);
		await runChatGpt(server, { items: numberedItems(5) });
		expect(server.requests).toHaveLength(6);
		stop();
		await limited;
	});
});

test('Tokens per Minute counts what replies say they used', async () => {
	server.behave(() => ok({ usage: { prompt_tokens: 50, completion_tokens: 50 } }));
	const options = { tokensPerMinute: 30_000, maxConcurrentRequests: 1 };
	const ms = await timeToSend(() => runChatGpt(server, { items: numberedItems(4), options }));
	// Three gaps of 200 ms; by what is estimated of the requests they would be less than 50 each.
	expect(ms).toBeGreaterThan(500);
});

test('a rate limit met by one execution pauses the others with its key, and nobody else', async () => {
	server.behave(({ index }) => (index === 0 ? rateLimited({ retryAfter: { seconds: 60 } }) : ok()));
	const stops: Array<() => void> = [];
	const paused = () => runChatGpt(server, { onStart: ({ cancel }) => void stops.push(cancel) });
	const free = () => runChatGpt(server, { credential: { apiKey: 'sk-test-of-somebody-else' } });
	const first = paused();
	await until('the limit is met', () => server.requests[0]?.answered === true);
	// By the time this one is answered, the first has read its answer, too.
	await free();
	const second = paused();
	await free();
	expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
		`Bearer ${API_KEY}`,
		'Bearer sk-test-of-somebody-else',
		'Bearer sk-test-of-somebody-else',
	]);
	for (const stop of stops) stop();
	await Promise.all([first, second]);
});

describe('a time-out', () => {
	test.each<[string, string, Behaviour, string]>([
		['timeout', 'Timeout', hangBeforeHeaders(), 'TIMEOUT'],
		['timeout', 'Timeout', hangMidBody(), 'TIMEOUT'],
		['firstTokenTimeout', 'Timeout First Token', hangBeforeHeaders(), 'UND_ERR_HEADERS_TIMEOUT'],
		['idleTimeout', 'Timeout When Idle', hangMidBody(), 'UND_ERR_BODY_TIMEOUT'],
	])(
		'(%s) ends a request that hangs, which is sent again: %s, %j',
		async (option, label, behaviour, code) => {
			server.behave(({ attempt }) => (attempt === 1 ? behaviour : ok()));
			// The first item has no retry, the second has one.
			const options = { [option]: 1, maxRetries: '={{ $json.number }}' };
			const [failed, item] = await itemsOf<Failed & IDataObject>({ items: numberedItems(2), options });
			expect(failed).toMatchObject({
				error: 'No reply came within the time allowed, in 1 attempt',
				details: {
					attempts: [{ code }],
					hint: expect.stringContaining(`Raise the option ${label} (Seconds), or`),
				},
			});
			expect(item).toMatchObject({ text: 'Reply to: Question 1', attempts: 2 });
			await until('the server has seen two hang up', () => server.stats.aborted === 2);
		},
	);

	test('for the first token or for silence lets a slow answer be', async () => {
		server.behave(() => slowBody({ chunkBytes: 50, everyMs: 300 }));
		const options = { firstTokenTimeout: 1.5, idleTimeout: 1.5, maxRetries: 0 };
		expect(await itemsOf({ options })).toEqual([
			expect.objectContaining({ text: 'Reply to: Question 0', attempts: 1 }),
		]);
	});

	test.each<[string, Behaviour, INodeParameters, unknown]>([
		['a reply', hangBeforeHeaders(), {}, []],
		[
			'the next attempt, and does not say that it was waited for',
			rateLimited({ retryAfter: { seconds: 30 } }),
			{},
			[{ status: 429, code: 'rate_limit_exceeded' }],
		],
		[
			'one of many attempts',
			hangBeforeHeaders(),
			{ timeout: 0.1, maxRetries: 100 },
			expect.arrayContaining([expect.objectContaining({ code: 'TIMEOUT' })]),
		],
	])('for the whole item ends the wait for %s', async (_name, behaviour, options, attempts) => {
		server.behave(() => behaviour);
		const [failed] = await itemsOf<Failed>({ options: { itemTimeout: 2, ...options } });
		expect(failed!.error).toBe('No reply came within the time allowed for the whole item');
		expect(failed!.details.hint).toContain('Raise the option Timeout Whole Item (Seconds), or');
		expect(failed!.details.attempts).toEqual(attempts);
	});

	test('for the whole item ends the wait for its turn, of each item on its own', async () => {
		const items = await itemsOf<Failed>({
			items: numberedItems(3),
			options: { itemTimeout: 2, requestsPerMinute: 1 },
		});
		expect(items.map(({ error }) => error)).toEqual([
			undefined,
			...Array<string>(2).fill('No reply came within the time allowed for the whole item'),
		]);
		expect(server.requests).toHaveLength(1);
	});
});

describe('a connection that never comes about', () => {
	const sockets: net.Socket[] = [];
	// It takes connections, but says nothing, and HTTPS begins with a greeting of both sides.
	const silent = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
	let credential: IDataObject;
	beforeAll(async () => {
		await once(silent.listen(0, '127.0.0.1'), 'listening');
		credential = { baseUrl: `https://127.0.0.1:${(silent.address() as net.AddressInfo).port}/v1` };
	});
	afterAll(() => {
		silent.close();
		for (const socket of sockets) socket.destroy();
	});

	test.each<[string, INodeParameters]>([
		// The second one would tell if the first were not heeded.
		['Timeout Connecting', { connectTimeout: 1, itemTimeout: 6 }],
		['Timeout', { connectTimeout: 600, timeout: 0.3 }],
		['Timeout Whole Item', { connectTimeout: 600, itemTimeout: 0.3 }],
	])('is given up after %s', async (label, options) => {
		const [failed] = await itemsOf<Failed>({ credential, options: { maxRetries: 0, ...options } });
		expect(failed!.error).toMatch(/^No reply came within the time allowed/);
		expect(failed!.details.hint).toContain(`Raise the option ${label} (Seconds), or`);
	});

	test('is given up when Stop is pressed', async () => {
		const { run } = await runChatGpt(server, {
			credential,
			options: { connectTimeout: 600 },
			onStart: ({ cancel }) => void once(silent, 'connection').then(cancel),
		});
		expect(run.status).toBe('canceled');
	});
});

describe('Max Wait', () => {
	test('is for all waits of an item together', async () => {
		server.behave(() => rateLimited({ retryAfter: { ms: 100 } }));
		const [failed] = await itemsOf<Failed>({ options: { maxWait: 0.25 } });
		expect(failed!.error).toContain(
			'The API asks to wait another 0.1 s after 0.2 s of waiting, which is longer than Max Wait (Seconds) allows',
		);
		expect(failed!.details.hint).toBe(
			'Raise the option Max Wait (Seconds) to at least 0.3, or run the item again later',
		);
		expect(failed!.details.attempts.map(({ waitedMs }) => waitedMs)).toEqual([100, 100, undefined]);
	});

	test('of 0 seconds lets nothing be sent again', async () => {
		server.behave(() => rateLimited());
		const [failed] = await itemsOf<Failed>({ options: { maxWait: 0 } });
		expect(failed!.error).toContain('The rate limit is still reached after 1 attempt');
		expect(failed!.details.hint).toBe(
			'Raise the option Max Wait (Seconds), which allows no further attempt, or run the item again later',
		);
		expect(server.requests).toHaveLength(1);
	});
});

describe("the end of the workflow's own time-out ends the wait", () => {
	test.each<[string, INodeParameters, Behaviour, number]>([
		['for a turn', { requestsPerMinute: 1 }, ok(), 1],
		['for tokens', { tokensPerMinute: 1 }, ok(), 1],
		['after a rate limit', {}, rateLimited({ retryAfter: { seconds: 60 } }), 0],
	])('%s', async (_name, options, behaviour, answered) => {
		server.behave(() => behaviour);
		const { run, output } = await runChatGpt(server, {
			items: numberedItems(3),
			options: { maxConcurrentRequests: 1, ...options },
			timeoutMs: 2000,
		});
		expect(run.status).toBe('canceled');
		expect(output('ChatGPT')).toHaveLength(answered);
		expect(server.requests).toHaveLength(1);
	});
});

describe('a value that cannot be', () => {
	const aDay = 'a number between 0.1 and 86400';
	test.each<[string, unknown, string, string]>([
		['maxConcurrentRequests', 0, 'Max Concurrent Requests', 'a whole number between 1 and 1000, but is 0'],
		[
			'maxConcurrentRequests',
			1.5,
			'Max Concurrent Requests',
			'a whole number between 1 and 1000, but is 1.5',
		],
		['maxWait', -1, 'Max Wait (Seconds)', 'a number between 0 and 86400, but is -1'],
		['requestsPerMinute', 0.5, 'Requests per Minute', 'a number of 1 or more, but is 0.5'],
		['tokensPerMinute', '={{ "many" }}', 'Tokens per Minute', 'a number of 1 or more, but is "many"'],
		['timeout', 0.05, 'Timeout (Seconds)', `${aDay}, but is 0.05`],
		['firstTokenTimeout', 86_401, 'Timeout First Token (Seconds)', `${aDay}, but is 86401`],
		['idleTimeout', '={{ [] }}', 'Timeout When Idle (Seconds)', `${aDay}, but is []`],
		['itemTimeout', 0, 'Timeout Whole Item (Seconds)', 'a number between 0.1 and 604800, but is 0'],
		['connectTimeout', 0.5, 'Timeout Connecting (Seconds)', 'a whole number between 1 and 600, but is 0.5'],
		['fallbackModels', '={{ { a: 1 } }}', 'Fallback Models', 'a text, but is {"a":1}'],
	])('of %s (%j) is refused by its label', async (option, value, label, rest) => {
		const [item] = await itemsOf<Failed>({ options: { [option]: value } as INodeParameters });
		expect(item!.error).toBe(`${label} must be ${rest}`);
		expect(item!.details.hint).toMatch(/^Correct /);
		expect(server.requests).toHaveLength(0);
	});
});
