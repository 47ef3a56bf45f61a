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
	type Behaviour,
} from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

interface ErrorItem {
	error: string;
	details: IDataObject & { hint: string; attempts: IDataObject[] };
}

/** Runs the node, which goes on after failures, and gives its output. */
async function itemsOf<Item>(run: ChatGptRun) {
	const { output, error } = await runChatGpt(server, { node: CONTINUE, ...run });
	expect(error).toBeUndefined();
	return output('ChatGPT').map(({ json }) => json as unknown as Item);
}

/** Does the work, and gives the milliseconds until the last request reached the server. */
async function timeToSend(work: () => Promise<unknown>) {
	const started = performance.now();
	await work();
	return server.lastRequest().receivedAt - started;
}

describe('Requests per Minute', () => {
	test('Requests per Minute is shared by executions that run at the same time', async () => {
		const options = { requestsPerMinute: 1200 };
		const execution = () => runChatGpt(server, { items: numberedItems(3), options });
		const ms = await timeToSend(() => Promise.all([execution(), execution(), execution()]));
		expect(server.requests).toHaveLength(9);
		// Eight gaps of 50 ms, less what is saved up to make good for late timers.
		expect(ms).toBeGreaterThan(300);
	});

	test('Requests per Minute does not hold up an execution that names no limit', async () => {
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
	const options = { tokensPerMinute: 60_000, maxConcurrentRequests: 1 };
	const ms = await timeToSend(() => runChatGpt(server, { items: numberedItems(4), options }));
	// Three gaps of 100 ms; by what is estimated of the requests they would be less than 25 each.
	expect(ms).toBeGreaterThan(250);
});

test('a rate limit met by one execution pauses the others with its key, and those only', async () => {
	server.behave(({ index }) => (index === 0 ? rateLimited({ retryAfter: { seconds: 60 } }) : ok()));
	const stops: Array<() => void> = [];
	const paused = () => runChatGpt(server, { onStart: ({ cancel }) => void stops.push(cancel) });
	const free = () => runChatGpt(server, { credential: { apiKey: 'sk-test-of-another' } });
	const first = paused();
	await until('the limit is met', () => server.requests[0]?.answered === true);
	// By the time this one is answered, the first has read its answer, too.
	await free();
	const second = paused();
	await free();
	expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
		`Bearer ${API_KEY}`,
		'Bearer sk-test-of-another',
		'Bearer sk-test-of-another',
	]);
	for (const stop of stops) stop();
	await Promise.all([first, second]);
});

describe('a time-out', () => {
	test.each<{ name: string; option: string; label: string; behaviour: Behaviour; code: string }>([
		{
			name: 'is not answered',
			option: 'timeout',
			label: 'Timeout',
			behaviour: hangBeforeHeaders(),
			code: 'TIMEOUT',
		},
		{
			name: 'is answered in part',
			option: 'timeout',
			label: 'Timeout',
			behaviour: hangMidBody(),
			code: 'TIMEOUT',
		},
		{
			name: 'is not answered',
			option: 'firstTokenTimeout',
			label: 'Timeout First Token',
			behaviour: hangBeforeHeaders(),
			code: 'UND_ERR_HEADERS_TIMEOUT',
		},
		{
			name: 'is answered in part',
			option: 'idleTimeout',
			label: 'Timeout When Idle',
			behaviour: hangMidBody(),
			code: 'UND_ERR_BODY_TIMEOUT',
		},
	])('$label ends a request that $name, and it is sent again', async ({ option, label, behaviour, code }) => {
		server.behave(({ attempt }) => (attempt === 1 ? behaviour : ok()));
		// The first item has no retry, the second has one.
		const options = { [option]: 1, maxRetries: '={{ $json.number }}' };
		const [failed, item] = await itemsOf<ErrorItem & IDataObject>({ items: numberedItems(2), options });
		expect(failed).toMatchObject({
			error: 'No reply came within the time allowed, in 1 attempt',
			details: {
				attempts: [{ code }],
				hint: expect.stringContaining(`Raise the option ${label} (Seconds), or`),
			},
		});
		expect(item).toMatchObject({ text: 'Reply to: Question 1', attempts: 2 });
		await until('the server has seen two hang up', () => server.stats.aborted === 2);
	});

	test('Timeout First Token and Timeout When Idle let a slow answer be', async () => {
		server.behave(() => slowBody({ chunkBytes: 50, everyMs: 250 }));
		const options = { firstTokenTimeout: 1, idleTimeout: 1, maxRetries: 0 };
		expect(await itemsOf({ options })).toEqual([
			expect.objectContaining({ text: 'Reply to: Question 0', attempts: 1 }),
		]);
	});

	test.each<{ name: string; behaviour: Behaviour; options?: INodeParameters; attempts: unknown }>([
		{ name: 'a reply', behaviour: hangBeforeHeaders(), attempts: [] },
		{
			name: 'the next attempt, and does not say that it was waited for',
			behaviour: rateLimited({ retryAfter: { seconds: 30 } }),
			attempts: [{ status: 429, code: 'rate_limit_exceeded' }],
		},
		{
			name: 'one of many attempts',
			behaviour: hangBeforeHeaders(),
			options: { timeout: 0.1, maxRetries: 100 },
			attempts: expect.arrayContaining([expect.objectContaining({ code: 'TIMEOUT' })]),
		},
	])('Timeout Whole Item ends the wait for $name', async ({ behaviour, options, attempts }) => {
		server.behave(() => behaviour);
		const [failed] = await itemsOf<ErrorItem>({ options: { itemTimeout: 1, ...options } });
		expect(failed!.error).toBe('No reply came within the time allowed for the whole item');
		expect(failed!.details.hint).toContain('Raise the option Timeout Whole Item (Seconds), or');
		expect(failed!.details.attempts).toEqual(attempts);
	});

	test('Timeout Whole Item ends the wait for its turn, of each item on its own', async () => {
		const items = await itemsOf<ErrorItem>({
			items: numberedItems(3),
			options: { itemTimeout: 1, requestsPerMinute: 1 },
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
	// The server takes connections, but says nothing, and HTTPS begins with a greeting of both sides.
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
		// The second time-out would end the item if the first were not heeded.
		['Timeout Connecting', { connectTimeout: 1, itemTimeout: 6 }],
		['Timeout', { connectTimeout: 600, timeout: 0.3 }],
		['Timeout Whole Item', { connectTimeout: 600, itemTimeout: 0.3 }],
	])('a connection that never comes about is given up after %s', async (label, options) => {
		const [failed] = await itemsOf<ErrorItem>({ credential, options: { maxRetries: 0, ...options } });
		expect(failed!.error).toMatch(/^No reply came within the time allowed/);
		expect(failed!.details.hint).toContain(`Raise the option ${label} (Seconds), or`);
	});

	test('a connection that never comes about is given up when Stop is pressed', async () => {
		const { run } = await runChatGpt(server, {
			credential,
			options: { connectTimeout: 600 },
			onStart: ({ cancel }) => void once(silent, 'connection').then(cancel),
		});
		expect(run.status).toBe('canceled');
	});
});

describe('Max Wait', () => {
	test('Max Wait is for all waits of an item together', async () => {
		server.behave(() => rateLimited({ retryAfter: { ms: 100 } }));
		const [failed] = await itemsOf<ErrorItem>({ options: { maxWait: 0.25 } });
		expect(failed!.error).toContain(
			'The API asks to wait another 0.1 s after 0.2 s of waiting, which is longer than Max Wait (Seconds) allows',
		);
		expect(failed!.details.hint).toBe(
			'Raise the option Max Wait (Seconds) to at least 0.3, or run the item again later',
		);
		expect(failed!.details.attempts.map(({ waitedMs }) => waitedMs)).toEqual([100, 100, undefined]);
	});

	test('Max Wait of 0 seconds lets nothing be sent again', async () => {
		server.behave(() => rateLimited());
		const [failed] = await itemsOf<ErrorItem>({ options: { maxWait: 0 } });
		expect(failed!.error).toContain('The rate limit is still reached after 1 attempt');
		expect(failed!.details.hint).toBe(
			'Raise the option Max Wait (Seconds), which allows no further attempt, or run the item again later',
		);
		expect(server.requests).toHaveLength(1);
	});
});

test.each<{ name: string; options?: INodeParameters; behaviour: Behaviour; answered: number }>([
	{ name: 'for a turn', options: { requestsPerMinute: 1 }, behaviour: ok(), answered: 1 },
	{ name: 'for tokens', options: { tokensPerMinute: 1 }, behaviour: ok(), answered: 1 },
	{ name: 'after a rate limit', behaviour: rateLimited({ retryAfter: { seconds: 60 } }), answered: 0 },
])("the end of the workflow's own time-out ends the wait $name", async ({ options, behaviour, answered }) => {
	server.behave(() => behaviour);
	const { run, output } = await runChatGpt(server, {
		items: numberedItems(3),
		options: { maxConcurrentRequests: 1, ...options },
		timeoutMs: 1000,
	});
	expect(run.status).toBe('canceled');
	expect(output('ChatGPT')).toHaveLength(answered);
	expect(server.requests).toHaveLength(1);
});

const aDay = 'a number between 0.1 and 86400';
test.each<{ option: string; value: unknown; label: string; rest: string }>([
	{
		option: 'maxConcurrentRequests',
		value: 0,
		label: 'Max Concurrent Requests',
		rest: 'a whole number between 1 and 1000, but is 0',
	},
	{
		option: 'maxConcurrentRequests',
		value: 1.5,
		label: 'Max Concurrent Requests',
		rest: 'a whole number between 1 and 1000, but is 1.5',
	},
	{
		option: 'maxWait',
		value: -1,
		label: 'Max Wait (Seconds)',
		rest: 'a number between 0 and 86400, but is -1',
	},
	{
		option: 'requestsPerMinute',
		value: 0.5,
		label: 'Requests per Minute',
		rest: 'a number of 1 or more, but is 0.5',
	},
	{
		option: 'tokensPerMinute',
		value: '={{ "many" }}',
		label: 'Tokens per Minute',
		rest: 'a number of 1 or more, but is "many"',
	},
	{ option: 'timeout', value: 0.05, label: 'Timeout (Seconds)', rest: `${aDay}, but is 0.05` },
	{
		option: 'firstTokenTimeout',
		value: 86_401,
		label: 'Timeout First Token (Seconds)',
		rest: `${aDay}, but is 86401`,
	},
	{
		option: 'idleTimeout',
		value: '={{ [] }}',
		label: 'Timeout When Idle (Seconds)',
		rest: `${aDay}, but is []`,
	},
	{
		option: 'itemTimeout',
		value: 0,
		label: 'Timeout Whole Item (Seconds)',
		rest: 'a number between 0.1 and 604800, but is 0',
	},
	{
		option: 'connectTimeout',
		value: 0.5,
		label: 'Timeout Connecting (Seconds)',
		rest: 'a whole number between 1 and 600, but is 0.5',
	},
	{
		option: 'fallbackModels',
		value: '={{ { a: 1 } }}',
		label: 'Fallback Models',
		rest: 'a text, but is {"a":1}',
	},
])('$option of $value is rejected under the label $label', async ({ option, value, label, rest }) => {
	const [item] = await itemsOf<ErrorItem>({ options: { [option]: value } as INodeParameters });
	expect(item!.error).toBe(`${label} must be ${rest}`);
	expect(item!.details.hint).toMatch(/^Correct /);
	expect(server.requests).toHaveLength(0);
});
