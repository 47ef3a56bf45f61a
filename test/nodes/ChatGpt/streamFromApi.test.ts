import { CONTINUE, runChatGpt, type ChatGptRun, onlyItem } from '../../support/chatGptRun';
import { fail, ok, streamed } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const TEXT = 'One two three four five six';
/** The role and two pieces of the text. */
const CUT = { text: TEXT, pieces: 3, upTo: 3, end: 'rst' } as const;

const server = useFaultServer();

const execute = ({ options, ...run }: ChatGptRun = {}) =>
	runChatGpt(server, { options: { streamFromApi: true, ...options }, ...run });

test('a streamed reply gives the same output as a whole one, and when it began', async () => {
	server.behave(() => ok({ text: TEXT }));
	const plain = (await execute({ options: { streamFromApi: false } })).output('ChatGPT')[0]!.json;
	server.reset();
	const streamedJson = (await execute()).output('ChatGPT')[0]!.json;
	expect(server.lastRequest().body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
	const { timeToFirstTokenMs, latencyMs, ...rest } = streamedJson;
	expect({ ...rest, latencyMs: plain.latencyMs }).toEqual(plain);
	expect(timeToFirstTokenMs).toBeGreaterThanOrEqual(0);
	expect(timeToFirstTokenMs).toBeLessThanOrEqual(latencyMs as number);
});

test("a streamed reply with Simplify off is the API's own JSON", async () => {
	const item = onlyItem(await execute({ options: { simplify: false } }));
	expect(item).toMatchObject({
		object: 'chat.completion',
		choices: [
			{ index: 0, message: { role: 'assistant', content: 'Reply to: Question 0' }, finish_reason: 'stop' },
		],
		usage: { prompt_tokens: 3 },
	});
});

test('a streamed reply counts among the tokens of the run', async () => {
	const { nodeRuns } = await execute();
	expect(nodeRuns('ChatGPT')[0]?.metadata).toMatchObject({ tokenUsage: { inputTokens: 3, outputTokens: 5 } });
});

test('a stream that is cut is asked for again, since no caller has seen the beginning', async () => {
	server.behave(({ index }) => (index === 0 ? streamed(CUT) : ok({ text: TEXT })));
	const item = onlyItem(await execute());
	expect(item).toMatchObject({ text: TEXT, attempts: 2 });
});

test('the error of a stream that is cut every time has the part that came', async () => {
	server.behave(() => streamed(CUT));
	const item = onlyItem(
		await execute({
			options: { maxRetries: 1 },
			node: CONTINUE,
		}),
	);
	expect(item).toMatchObject({
		error: 'The connection failed in 2 attempts: the server cut it',
		details: {
			partialText: 'One two three four',
			attempts: [{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }],
		},
	});
});

test('the error of a stream that falls silent names the option that ended it', async () => {
	server.behave(() => streamed({ ...CUT, end: 'silence' }));
	const item = onlyItem(
		await execute({
			options: { maxRetries: 0, idleTimeout: '={{ 0.3 }}' },
			node: CONTINUE,
		}),
	);
	expect(item).toMatchObject({
		details: { code: 'IDLE_TIMEOUT', hint: expect.stringContaining('Raise the option Timeout When Idle') },
	});
});

test('a server that does not know stream_options is asked without, and the output says so', async () => {
	const unknown = fail({
		status: 400,
		param: 'stream_options',
		message: 'Unknown parameter: stream_options',
	});
	server.behave(({ rawBody }) => (rawBody.includes('stream_options') ? unknown : ok()));
	const item = onlyItem(await execute());
	expect(item).toMatchObject({
		text: 'Reply to: Question 0',
		warnings: [{ feature: 'stream_options', message: expect.stringContaining('token usage') }],
	});
});
