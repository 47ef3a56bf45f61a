import { text } from 'node:stream/consumers';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Credential, Session } from '../../playground/n8nApi';
import { ok, startFaultServer, streamed, type FaultServer } from '../support/faultServer';
import { until } from '../support/until';
import {
	bulkWorkflow,
	chatGptCredential,
	figure,
	lastExecution,
	publish,
	signInToN8n,
	type BulkWorkflow,
} from './support/n8n';
import { about, allLines, ask, linesOf, textOf, type Line } from './support/callerLines';

jest.setTimeout(120_000);

let server: FaultServer;
let session: Session;
let credential: Credential;
beforeAll(async () => {
	server = await startFaultServer();
	session = signInToN8n();
	credential = await chatGptCredential(session, { baseUrl: server.baseUrl });
});
beforeEach(() => {
	server.reset();
	// The stream begins with an event that only says who speaks; then come ten pieces of text.
	server.behave(() => streamed({ pieces: 10, everyMs: 100 }));
});
afterAll(() => server.close());

const streaming: INodeParameters = { responseMode: 'streaming' };

/** What a caller gets who waits for the end. */
async function whole(url: string, question: string): Promise<string> {
	const { response } = await ask(url, { questions: [question] });
	return await text(response);
}

/** The types of lines, those of the same type in a row as one. */
const turns = (lines: Line[]) =>
	lines.map(({ type }) => type).filter((type, at, types) => type !== types[at - 1]);

const publishBulk = async (bulk: Omit<BulkWorkflow, 'credential'>) =>
	await publish(session, bulkWorkflow({ credential, ...bulk }));

/** A text long enough for ten pieces that differ. */
const long = (what: string) => Array.from({ length: 30 }, (_, word) => `${what}-${word}`).join(' ');

const ms = (value: number) => `${value.toFixed(1)} ms`;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** From the API sending a reply's first and last text to the caller having them. */
function delays(lines: Line[], question: string) {
	const { sentAt } = server.requests.find(({ rawBody }) => rawBody.includes(question))!;
	const items = lines.filter(({ type }) => type === 'item');
	return { first: items[0]!.at - sentAt[1]!, last: items.at(-1)!.at - sentAt[10]! };
}

test('a caller reads the reply while it is being written', async () => {
	server.behave(() => streamed({ pieces: 10, everyMs: 500 }));
	const { id, url } = await publishBulk({ webhook: streaming });
	const lines = await allLines(url, { questions: [long('solo')] });
	const own = about(lines);
	expect(turns(own)).toEqual(['begin', 'item', 'end']);
	expect(textOf(own)).toBe(`Reply to: ${long('solo')}`);
	// The second line is the first text.
	expect(own[1]!.at).toBeLessThan(server.requests[0]!.sentAt[10]!);
	const { data } = await lastExecution(session, id);
	const [item] = data.resultData.runData.ChatGPT![0]!.data!.main![0]!;
	expect(item!.json).toMatchObject({ text: textOf(own), timeToFirstTokenMs: expect.any(Number) });
	const { sentAt, receivedAt } = server.requests[0]!;
	const { first, last } = delays(own, 'solo-29');
	figure(
		`one caller: API sent its first text ${ms(sentAt[1]! - receivedAt)} after it was asked and its last at ` +
			`${ms(sentAt[10]! - receivedAt)}; the caller had them ${ms(first)} and ${ms(last)} later`,
	);
});

test('ten callers at once get each their own text', async () => {
	const { url } = await publishBulk({ webhook: streaming });
	const names = Array.from({ length: 10 }, (_, caller) => `caller${caller}`);
	const replies = await Promise.all(
		names.map(async (name) => about(await allLines(url, { questions: [long(name)] }))),
	);
	expect(replies.map(textOf)).toEqual(names.map((name) => `Reply to: ${long(name)}`));
	const added = replies.map((lines, caller) => delays(lines, `${names[caller]!}-29`).first);
	figure(
		`ten callers at once: first text ${ms(median(added))} after the API sent it (median), at most ${ms(Math.max(...added))}`,
	);
});

test('of several items each line says to which it belongs', async () => {
	const { url } = await publishBulk({ webhook: streaming });
	const names = ['red', 'green', 'blue'].map(long);
	const lines = await allLines(url, { questions: names });
	expect(names.map((_, item) => textOf(about(lines, item)))).toEqual(
		names.map((name) => `Reply to: ${name}`),
	);
	for (const item of names.keys()) {
		expect(turns(about(lines, item))).toEqual(['begin', 'item', 'end']);
	}
	const order = lines.flatMap(({ type, metadata }) => (type === 'item' ? [metadata.itemIndex] : []));
	figure(`three items: lines came for items ${order.join(' ')}`);
});

describe('the API stream breaks off after the third piece', () => {
	beforeEach(() => server.behave(() => streamed({ pieces: 10, everyMs: 100, upTo: 4, end: 'fin' })));
	const shown = (question: string) => {
		const whole = `Reply to: ${question}`;
		return whole.slice(0, Math.ceil(whole.length / 10) * 3);
	};

	test('and the error output gets the part that was shown', async () => {
		const { id, url } = await publishBulk({
			webhook: streaming,
			node: { onError: 'continueErrorOutput' },
		});
		const lines = about(await allLines(url, { questions: [long('cut')] }));
		expect(turns(lines)).toEqual(['begin', 'item', 'error']);
		expect(textOf(lines)).toBe(shown(long('cut')));
		const { data } = await lastExecution(session, id);
		const [replies, errors] = data.resultData.runData.ChatGPT![0]!.data!.main!;
		expect(replies).toEqual([]);
		expect(errors).toHaveLength(1);
		const { error, details } = errors![0]!.json as { error: string; details: IDataObject };
		expect(details).toMatchObject({
			partialText: shown(long('cut')),
			attempts: [{ code: 'UND_ERR_SOCKET' }],
			hint: expect.any(String),
		});
		expect(lines.at(-1)!.content).toBe(error);
		// What was shown cannot be taken back.
		expect(server.requests).toHaveLength(1);
		figure(
			`cut, error output: the caller got ${JSON.stringify(lines.at(-1))}; the output ${JSON.stringify({ error, details })}`,
		);
	});

	test('and the caller of a run that stops is told why', async () => {
		const { id, url } = await publishBulk({ webhook: streaming });
		const lines = about(await allLines(url, { questions: [long('cut')] }));
		expect(textOf(lines)).toBe(shown(long('cut')));
		const { data } = await lastExecution(session, id);
		expect(data.resultData.error).toBeDefined();
		expect(lines.at(-1)).toMatchObject({ type: 'error', content: data.resultData.error!.description });
		expect(server.requests).toHaveLength(1);
		figure(`cut, Stop: "${data.resultData.error!.message}" / the caller got "${lines.at(-1)!.content}"`);
	});

	test('and is retried when nobody was shown anything', async () => {
		server.behave(({ attempt }) =>
			streamed({ pieces: 10, ...(attempt === 1 && { upTo: 4, end: 'rst' as const }) }),
		);
		const { id, url } = await publishBulk({ options: { streamFromApi: true } });
		await whole(url, long('again'));
		const { data } = await lastExecution(session, id);
		expect(data.resultData.runData.ChatGPT![0]!.data!.main![0]![0]!.json).toMatchObject({
			text: `Reply to: ${long('again')}`,
			attempts: 2,
		});
	});
});

describe('a caller who hangs up after the third piece', () => {
	/** A reply that only a hang-up can end, however long that takes to arrive. */
	const leftOpen = streamed({ pieces: 10, everyMs: 100, upTo: 6, end: 'silence' });

	/** Reads three pieces, and says when the caller left. */
	async function leaveEarly(url: string, asked: string[]): Promise<number> {
		const { request, response } = await ask(url, { questions: asked });
		let pieces = 0;
		for await (const { type } of linesOf(response)) {
			if (type !== 'item' || ++pieces < 3) continue;
			const leftAt = performance.now();
			request.destroy();
			return leftAt;
		}
		throw new Error(`The reply ended after ${pieces} pieces`);
	}

	test('ends the request to the API', async () => {
		server.behave(() => leftOpen);
		const { id, url } = await publishBulk({ webhook: streaming });
		const leftAt = await leaveEarly(url, [long('gone')]);
		const { data } = await lastExecution(session, id);
		await until('the API sees it', () => server.stats.inFlight === 0, 60_000);
		const [request] = server.requests;
		expect(request).toMatchObject({ aborted: true, answered: false });
		expect(server.requests).toHaveLength(1);
		const { message, description } = data.resultData.error!;
		figure(
			`hang-up: seen by the API after ${ms(request!.overAt! - leftAt)}; ` +
				`the execution says "${message}" / "${description}"`,
		);
	});

	test('gets no more items asked, and leaves the reply to another caller alone', async () => {
		server.behave(({ rawBody }) =>
			rawBody.includes('stays') ? streamed({ pieces: 10, everyMs: 500 }) : leftOpen,
		);
		const { id, url } = await publishBulk({ webhook: streaming, options: { maxConcurrentRequests: 2 } });
		const other = allLines(url, { questions: [long('stays')] });
		await until('the other is under way', () => server.requests.length === 1, 60_000);
		await leaveEarly(url, ['one', 'two', 'three', 'four'].map(long));
		const lines = about(await other);
		expect(textOf(lines)).toBe(`Reply to: ${long('stays')}`);
		expect(turns(lines)).toEqual(['begin', 'item', 'end']);
		await lastExecution(session, id);
		await until('nothing is in flight', () => server.stats.inFlight === 0, 60_000);
		// After the last event of the first, the node waits only half a second for its end.
		expect(server.requests.slice(1).map(({ aborted }) => aborted)).toEqual([true, true]);
	});

	test('changes nothing when Stream Response is off', async () => {
		server.behave(() => ok({ latencyMs: 1_000 }));
		const { id, url } = await publishBulk({ webhook: streaming, options: { streamResponse: false } });
		const { request } = await ask(url, { questions: [long('kept')] });
		await until('the API is asked', () => server.requests.length === 1, 60_000);
		request.destroy();
		const { data } = await lastExecution(session, id);
		expect(data.resultData.error).toBeUndefined();
		expect(data.resultData.runData.ChatGPT![0]!.data!.main![0]![0]!.json.text).toContain('kept-29');
	});
});

test('the output is the same whether anybody read along or not', async () => {
	const outputOf = async (bulk: Omit<BulkWorkflow, 'credential'>) => {
		server.reset();
		server.behave(() => ok());
		const { id, url } = await publishBulk(bulk);
		const said = await whole(url, long('same'));
		const { data } = await lastExecution(session, id);
		const [item] = data.resultData.runData.ChatGPT![0]!.data!.main![0]!;
		const { latencyMs, timeToFirstTokenMs, ...json } = item!.json;
		expect(latencyMs).toEqual(expect.any(Number));
		return {
			said,
			output: { ...item!, json },
			timed: timeToFirstTokenMs !== undefined,
			asked: server.requests[0]!.body as IDataObject,
		};
	};
	const read = await outputOf({ webhook: streaming });
	const unread = await outputOf({ webhook: streaming, options: { streamResponse: false } });
	const plain = await outputOf({});
	const fromApi = await outputOf({ options: { streamFromApi: true } });

	expect([read, unread, plain, fromApi].map(({ asked }) => asked.stream === true)).toEqual([
		true,
		false,
		false,
		true,
	]);
	expect([read, unread, plain, fromApi].map(({ timed }) => timed)).toEqual([true, false, false, true]);
	expect(read.output.json.text).toBe(`Reply to: ${long('same')}`);
	for (const { output } of [unread, plain, fromApi]) expect(output).toEqual(read.output);
	expect(unread.said).not.toContain('same-0');
	figure(`Stream Response off: the caller got ${JSON.stringify(unread.said)}`);
});
