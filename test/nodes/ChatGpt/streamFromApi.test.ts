import { CONTINUE, runChatGpt, type ChatGptRun } from '../../support/chatGptRun';
import { fail, ok, startFaultServer, streamed, type FaultServer } from '../../support/faultServer';

const TEXT = 'One two three four five six';
/** The role and two pieces of the text. */
const CUT = { text: TEXT, pieces: 3, upTo: 3, end: 'rst' } as const;

let server: FaultServer;
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

const execute = ({ options, ...run }: ChatGptRun = {}) =>
	runChatGpt(server, { options: { streamFromApi: true, ...options }, ...run });

test('gives the same output, and when the reply began', async () => {
	server.behave(() => ok({ text: TEXT }));
	const plain = (await execute({ options: { streamFromApi: false } })).output('ChatGPT')[0]!.json;
	server.reset();
	const streamedJson = (await execute()).output('ChatGPT')[0]!.json;
	expect(server.requests[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
	const { timeToFirstTokenMs, latencyMs, ...rest } = streamedJson;
	expect({ ...rest, latencyMs: plain.latencyMs }).toEqual(plain);
	expect(timeToFirstTokenMs).toBeGreaterThanOrEqual(0);
	expect(timeToFirstTokenMs).toBeLessThanOrEqual(latencyMs as number);
});

test("gives the API's own JSON without Simplify", async () => {
	const { output } = await execute({ options: { simplify: false } });
	expect(output('ChatGPT')[0]?.json).toMatchObject({
		object: 'chat.completion',
		choices: [
			{ index: 0, message: { role: 'assistant', content: 'Reply to: Question 0' }, finish_reason: 'stop' },
		],
		usage: { prompt_tokens: 3 },
	});
});

test('counts the tokens of the run', async () => {
	const { nodeRuns } = await execute();
	expect(nodeRuns('ChatGPT')[0]?.metadata).toMatchObject({ tokenUsage: { inputTokens: 3, outputTokens: 5 } });
});

test('a stream that is cut is asked for again: nobody saw the beginning', async () => {
	server.behave(({ index }) => (index === 0 ? streamed(CUT) : ok({ text: TEXT })));
	const { output } = await execute();
	expect(output('ChatGPT')[0]?.json).toMatchObject({ text: TEXT, attempts: 2 });
});

test('cut every time, the error has the part that came', async () => {
	server.behave(() => streamed(CUT));
	const { output } = await execute({
		options: { maxRetries: 1 },
		node: CONTINUE,
	});
	expect(output('ChatGPT')[0]?.json).toMatchObject({
		error: 'The connection failed in 2 attempts: the server cut it',
		details: {
			partialText: 'One two three four',
			attempts: [{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }],
		},
	});
});

test('a silence names the option that ended it', async () => {
	server.behave(() => streamed({ ...CUT, end: 'silence' }));
	const { output } = await execute({
		options: { maxRetries: 0, idleTimeout: '={{ 0.3 }}' },
		node: CONTINUE,
	});
	expect(output('ChatGPT')[0]?.json).toMatchObject({
		details: { code: 'IDLE_TIMEOUT', hint: expect.stringContaining('Raise the option Timeout When Idle') },
	});
});

test('a server that does not know stream_options is asked without, and the output says so', async () => {
	const refused = fail({
		status: 400,
		param: 'stream_options',
		message: 'Unknown parameter: stream_options',
	});
	server.behave(({ rawBody }) => (rawBody.includes('stream_options') ? refused : ok()));
	const { output } = await execute();
	expect(output('ChatGPT')[0]?.json).toMatchObject({
		text: 'Reply to: Question 0',
		warnings: [{ feature: 'stream_options', message: expect.stringContaining('token usage') }],
	});
});
