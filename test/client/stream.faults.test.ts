import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { Streamed } from '../support/faultServer';
import { streamCalls } from '../support/streamCalls';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok, streamed } = faults;
const TEXT = 'One two three four five six';
/** What comes of it in the first two of three pieces. */
const PART = 'One two three four';
/** The role and two pieces of the text. */
const IN_THE_MIDDLE = { text: TEXT, pieces: 3, upTo: 3 };

const server = useFaultServer();

const { stream, streamShown } = streamCalls(server);

/** The first request meets a fault, the others do not. */
const once = (fault: faults.Behaviour) =>
	server.behave(({ index }) => (index === 0 ? fault : ok({ text: TEXT })));

const cuts: Array<[string, Streamed, string]> = [
	['by RST', { end: 'rst' }, 'ECONNRESET'],
	['by FIN', { end: 'fin' }, 'UND_ERR_SOCKET'],
	['with a proper end', {}, 'STREAM_CUT'],
];

describe('a stream that is cut', () => {
	describe.each(cuts)('%s', (how, cut, code) => {
		test.each([
			['before the first event', 0],
			['before the first token', 1],
		])(`a stream cut ${how} %s is asked for again, though its text is shown`, async (_, upTo) => {
			once(streamed({ upTo, ...cut }));
			const result = await streamShown();
			expect(result.choices[0].text).toBe(TEXT);
			expect(result.failedAttempts).toMatchObject([{ code }]);
		});

		test(`a stream cut ${how} in its text is asked for again when the text is not shown`, async () => {
			once(streamed({ ...IN_THE_MIDDLE, ...cut }));
			const result = await stream();
			expect(result.choices[0].text).toBe(TEXT);
			expect(result.failedAttempts).toMatchObject([{ code }]);
		});

		test(`a stream cut ${how} every time fails with the text that had come`, async () => {
			server.behave(() => streamed({ ...IN_THE_MIDDLE, ...cut }));
			const failure = await failureOf(stream());
			expect(failure).toMatchObject({ kind: 'connection', attempts: [{ code }, { code }, { code }] });
			expect(failure.details).toStrictEqual({
				code,
				partialText: PART,
				requestId: faults.requestIdOf(server.lastRequest()),
			});
		});

		test(`a stream cut ${how} after a part was shown is not asked for again`, async () => {
			server.behave(() => streamed({ ...IN_THE_MIDDLE, ...cut }));
			const failure = await failureOf(streamShown({ fallbackModels: ['gpt-4.1'] }));
			expect(failure).toMatchObject({ kind: 'connection', attempts: [{ code }] });
			expect(failure.details).toMatchObject({ partialText: PART, shown: true });
			expect(server.stats.requests).toBe(1);
		});

		test(`a stream cut ${how} after a part of another choice was shown is not asked for again`, async () => {
			const onlyThe2nd = (chunks: faults.Chunk[]) => chunks.filter(({ choices }) => choices[0]?.index === 1);
			server.behave(() => streamed({ ...IN_THE_MIDDLE, choices: 2, rewrite: onlyThe2nd, ...cut }));
			expect((await failureOf(streamShown())).details.shown).toBe(true);
			expect(server.stats.requests).toBe(1);
		});

		test(`a stream cut ${how} in its reasoning is asked for again, as nothing was shown`, async () => {
			const choices = [
				{ index: 0, message: { content: TEXT, reasoning_content: 'Let me count.' }, finish_reason: 'stop' },
			];
			once(streamed({ body: { choices }, upTo: 3, ...cut }));
			expect((await streamShown()).choices[0].text).toBe(TEXT);
			expect(server.stats.requests).toBe(2);
		});
	});

	test('a stream with usage in every chunk is seen to be cut', async () => {
		const usage = { prompt_tokens: 1 };
		const rewrite = (chunks: faults.Chunk[]) => chunks.map((chunk) => ({ ...chunk, usage }));
		once(streamed({ ...IN_THE_MIDDLE, rewrite }));
		expect((await stream()).failedAttempts).toMatchObject([{ code: 'STREAM_CUT' }]);
	});

	test('a stream of two choices, of which one is finished, is seen to be cut', async () => {
		const without2ndEnd = (chunks: faults.Chunk[]) =>
			chunks.filter(({ choices: [choice] }) => choice && !(choice.index === 1 && choice.finish_reason));
		once(streamed({ text: TEXT, choices: 2, rewrite: without2ndEnd, upTo: -1 }));
		expect((await stream()).failedAttempts).toMatchObject([{ code: 'STREAM_CUT' }]);
	});

	test('a stream cut in the middle of an event is asked for again', async () => {
		once(streamed({ ...IN_THE_MIDDLE, thenSend: 'data: {"choices":[{"de' }));
		expect((await stream()).choices[0].text).toBe(TEXT);
		expect(server.stats.requests).toBe(2);
	});

	test('a stream cut in a packed body is asked for again', async () => {
		const half = (text: string) => text.slice(0, text.length / 2);
		once(streamed({ text: TEXT, gzip: true, wire: half, end: 'rst' }));
		expect((await stream()).choices[0].text).toBe(TEXT);
		expect(server.stats.requests).toBe(2);
	});
});

describe('time-outs', () => {
	/** Long enough for a busy machine to do what does not wait. */
	const LIMIT = 1500;

	test.each<[string, faults.Behaviour, string]>([
		['no headers', faults.hangBeforeHeaders(), 'UND_ERR_HEADERS_TIMEOUT'],
		['nothing after the headers', streamed({ upTo: 0, end: 'silence' }), 'FIRST_TOKEN_TIMEOUT'],
		['nothing after the role', streamed({ upTo: 1, end: 'silence' }), 'FIRST_TOKEN_TIMEOUT'],
		[
			'only comments',
			streamed({ upTo: 0, thenSend: ': wait\n\n'.repeat(9999), writeBytes: 8, everyMs: 5 }),
			'FIRST_TOKEN_TIMEOUT',
		],
	])('the first-token time-out ends an attempt that gets %s', async (_, behaviour, code) => {
		once(behaviour);
		const result = await streamShown({ firstTokenTimeoutMs: LIMIT });
		expect(result).toMatchObject({ choices: [{ text: TEXT }], failedAttempts: [{ code }] });
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
	});

	test.each([
		['idle time-out', { idleTimeoutMs: LIMIT }, 'IDLE_TIMEOUT'],
		['time-out of an attempt', { timeoutMs: LIMIT }, 'TIMEOUT'],
		['total time-out', { totalTimeoutMs: LIMIT }, 'TOTAL_TIMEOUT'],
	])('the %s ends a stream gone silent, and the failure has its text', async (_, limits, code) => {
		server.behave(() => streamed({ ...IN_THE_MIDDLE, end: 'silence' }));
		const failure = await failureOf(stream({ maxRetries: 0, ...limits }));
		expect(failure).toMatchObject({ kind: 'timeout', details: { code, partialText: PART } });
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
	});

	test('an idle time-out after a finished reply loses nothing', async () => {
		server.behave(() => streamed({ text: TEXT, upTo: -1, end: 'silence' }));
		const result = await stream({ idleTimeoutMs: LIMIT });
		expect(result).toMatchObject({ choices: [{ text: TEXT }], failedAttempts: [] });
	});
});

describe('cancel', () => {
	test('a cancel in the middle of a stream ends the request at the server', async () => {
		server.behave(() => streamed({ ...IN_THE_MIDDLE, end: 'silence' }));
		const [controller, reason] = [new AbortController(), new Error('The user pressed stop')];
		let shown = '';
		const call = stream({ abortSignal: controller.signal, stream: { onText: (text) => (shown += text) } });
		const rejected = expect(call).rejects.toBe(reason);
		await until('a part is there', () => shown === PART);
		controller.abort(reason);
		await rejected;
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
		expect(server.stats).toMatchObject({ requests: 1, aborted: 1 });
	});

	test.each([
		['lets the stream come to its end', {}, true],
		['prevents another request when it is cut', { upTo: 3 }, false],
	])('a stop during a stream %s', async (_, cut, succeeds) => {
		server.behave(() => streamed({ text: TEXT, everyMs: 10, ...cut }));
		const controller = new AbortController();
		let texts = 0;
		const call = stream({ stopSignal: controller.signal, stream: { onText: () => texts++ } }).then(
			() => true,
			() => false,
		);
		await until('the stream has begun', () => texts > 0);
		controller.abort(new Error('Stop'));
		expect(await call).toBe(succeeds);
		expect(server.stats.requests).toBe(1);
	});
});

test('an error thrown by onText comes out as it is, and ends the request', async () => {
	server.behave(() => streamed({ ...IN_THE_MIDDLE, end: 'silence' }));
	const mistake = new TypeError('Cannot show it');
	const onText = () => {
		throw mistake;
	};
	await expect(stream({ stream: { onText } })).rejects.toBe(mistake);
	await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
	expect(server.stats.requests).toBe(1);
});

test.each([0.3, 0.6])(
	'every call gets its own reply, whatever share of the streams is broken: %d',
	async (rate) => {
		const broken = [
			...cuts.map(([, cut]) => streamed({ upTo: 2, ...cut })),
			streamed({ upTo: 0 }),
			fail({ status: 500 }),
		];
		server.behave(faults.mixedFaults({ rate, seed: 1, faults: broken, then: () => ok() }));
		const client = connect(server);
		const contents = Array.from({ length: 100 }, (_, item) => `Item ${item}`);
		const results = await Promise.all(
			contents.map((content) =>
				client.completeChat(request(content), options({ stream: {}, maxRetries: 50 })),
			),
		);
		expect(results.map(({ choices }) => choices[0].text)).toEqual(
			contents.map((content) => `Reply to: ${content}`),
		);
		expect(server.stats.requests).toBeGreaterThan(120);
	},
);
