import { text } from 'node:stream/consumers';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { ok, streamed } from '../support/faultServer';
import { until } from '../support/until';
import { errorIn, nodeOutputs, onlyItemIn } from './support/executions';
import { bulkWorkflow, figure, lastExecution, publish, type BulkWorkflow } from './support/n8n';
import { useN8n } from './support/useN8n';
import { selectLines, readAllLines, askAsCurl, readLines, joinText, type Line } from './support/callerLines';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n({
	// The stream begins with an event that only says who speaks; then come ten pieces of text.
	behave: () => streamed({ pieces: 10, everyMs: 100 }),
});

const streaming: INodeParameters = { responseMode: 'streaming' };

/** The whole answer, as a caller gets it who waits for the end. */
async function readToEnd(url: string, question: string): Promise<string> {
	const { response } = await askAsCurl(url, { questions: [question] });
	return await text(response);
}

/** The types of lines, those of the same type in a row as one. */
const listTurns = (lines: Line[]) =>
	lines.map(({ type }) => type).filter((type, at, types) => type !== types[at - 1]);

const publishBulk = async (bulk: Omit<BulkWorkflow, 'credential'>) =>
	await publish(session, bulkWorkflow({ credential, ...bulk }));

/** A text long enough for ten pieces that differ. */
const longText = (what: string) => Array.from({ length: 30 }, (_, word) => `${what}-${word}`).join(' ');

const inMs = (value: number) => `${value.toFixed(1)} ms`;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** From the API sending a reply's first and last text to the caller having them. */
function measureDelays(lines: Line[], question: string) {
	const { sentAt } = server.requests.find(({ rawBody }) => rawBody.includes(question))!;
	const items = lines.filter(({ type }) => type === 'item');
	return { first: items[0]!.at - sentAt[1]!, last: items.at(-1)!.at - sentAt[10]! };
}

test('a caller reads the reply while it is being written', async () => {
	server.behave(() => streamed({ pieces: 10, everyMs: 500 }));
	const { id, url } = await publishBulk({ webhook: streaming });
	const lines = await readAllLines(url, { questions: [longText('solo')] });
	const own = selectLines(lines);
	expect(listTurns(own)).toEqual(['begin', 'item', 'end']);
	expect(joinText(own)).toBe(`Reply to: ${longText('solo')}`);
	// The second line is the first text.
	expect(own[1]!.at).toBeLessThan(server.lastRequest().sentAt[10]!);
	expect(onlyItemIn(await lastExecution(session, id))).toMatchObject({
		text: joinText(own),
		timeToFirstTokenMs: expect.any(Number),
	});
	const { sentAt, receivedAt } = server.lastRequest();
	const { first, last } = measureDelays(own, 'solo-29');
	figure(
		`one caller: API sent its first text ${inMs(sentAt[1]! - receivedAt)} after it was asked and its last at ` +
			`${inMs(sentAt[10]! - receivedAt)}; the caller had them ${inMs(first)} and ${inMs(last)} later`,
	);
});

test('ten callers at once get each their own text', async () => {
	const { url } = await publishBulk({ webhook: streaming });
	const names = Array.from({ length: 10 }, (_, caller) => `caller${caller}`);
	const replies = await Promise.all(
		names.map(async (name) => selectLines(await readAllLines(url, { questions: [longText(name)] }))),
	);
	expect(replies.map(joinText)).toEqual(names.map((name) => `Reply to: ${longText(name)}`));
	const added = replies.map((lines, caller) => measureDelays(lines, `${names[caller]!}-29`).first);
	figure(
		`ten callers at once: first text ${inMs(median(added))} after the API sent it (median), at most ${inMs(Math.max(...added))}`,
	);
});

test('each line of a run over several items says to which item it belongs', async () => {
	const { url } = await publishBulk({ webhook: streaming });
	const names = ['red', 'green', 'blue'].map(longText);
	const lines = await readAllLines(url, { questions: names });
	expect(names.map((_, item) => joinText(selectLines(lines, item)))).toEqual(
		names.map((name) => `Reply to: ${name}`),
	);
	for (const item of names.keys()) {
		expect(listTurns(selectLines(lines, item))).toEqual(['begin', 'item', 'end']);
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

	test('a stream that breaks off gives the error output the part that was shown', async () => {
		const { id, url } = await publishBulk({
			webhook: streaming,
			node: { onError: 'continueErrorOutput' },
		});
		const lines = selectLines(await readAllLines(url, { questions: [longText('cut')] }));
		expect(listTurns(lines)).toEqual(['begin', 'item', 'error']);
		expect(joinText(lines)).toBe(shown(longText('cut')));
		const [replies, errors] = nodeOutputs(await lastExecution(session, id));
		expect(replies).toEqual([]);
		expect(errors).toHaveLength(1);
		const { error, details } = errors![0]!.json as { error: string; details: IDataObject };
		expect(details).toMatchObject({
			partialText: shown(longText('cut')),
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

	test('a stream that breaks off in a run that stops tells the caller why', async () => {
		const { id, url } = await publishBulk({ webhook: streaming });
		const lines = selectLines(await readAllLines(url, { questions: [longText('cut')] }));
		expect(joinText(lines)).toBe(shown(longText('cut')));
		const { message, description } = errorIn(await lastExecution(session, id));
		expect(lines.at(-1)).toMatchObject({ type: 'error', content: description });
		expect(server.requests).toHaveLength(1);
		figure(`cut, Stop: "${message}" / the caller got "${lines.at(-1)!.content}"`);
	});

	test('a stream that breaks off before anything was shown is retried', async () => {
		server.behave(({ attempt }) =>
			streamed({ pieces: 10, ...(attempt === 1 && { upTo: 4, end: 'rst' as const }) }),
		);
		const { id, url } = await publishBulk({ options: { streamFromApi: true } });
		await readToEnd(url, longText('again'));
		expect(onlyItemIn(await lastExecution(session, id))).toMatchObject({
			text: `Reply to: ${longText('again')}`,
			attempts: 2,
		});
	});
});

describe('a caller who hangs up after the third piece', () => {
	/** A reply that only a hang-up can end, however long that takes to arrive. */
	const leftOpen = streamed({ pieces: 10, everyMs: 100, upTo: 6, end: 'silence' });

	/** Reads three pieces, and says when the caller left. */
	async function leaveEarly(url: string, asked: string[]): Promise<number> {
		const { request, response } = await askAsCurl(url, { questions: asked });
		let pieces = 0;
		for await (const { type } of readLines(response)) {
			if (type !== 'item' || ++pieces < 3) continue;
			const leftAt = performance.now();
			request.destroy();
			return leftAt;
		}
		throw new Error(`The reply ended after ${pieces} pieces`);
	}

	test('a caller who hangs up ends the request to the API', async () => {
		server.behave(() => leftOpen);
		const { id, url } = await publishBulk({ webhook: streaming });
		const leftAt = await leaveEarly(url, [longText('gone')]);
		const { message, description } = errorIn(await lastExecution(session, id));
		await until('the API sees it', () => server.stats.inFlight === 0, 60_000);
		const [request] = server.requests;
		expect(request).toMatchObject({ aborted: true, answered: false });
		expect(server.requests).toHaveLength(1);
		figure(
			`hang-up: seen by the API after ${inMs(request!.overAt! - leftAt)}; ` +
				`the execution says "${message}" / "${description}"`,
		);
	});

	test('a caller who hangs up gets no more items asked, and another caller keeps the whole reply', async () => {
		server.behave(({ rawBody }) =>
			rawBody.includes('stays') ? streamed({ pieces: 10, everyMs: 500 }) : leftOpen,
		);
		const { id, url } = await publishBulk({ webhook: streaming, options: { maxConcurrentRequests: 2 } });
		const other = readAllLines(url, { questions: [longText('stays')] });
		await until('the other is under way', () => server.requests.length === 1, 60_000);
		await leaveEarly(url, ['one', 'two', 'three', 'four'].map(longText));
		const lines = selectLines(await other);
		expect(joinText(lines)).toBe(`Reply to: ${longText('stays')}`);
		expect(listTurns(lines)).toEqual(['begin', 'item', 'end']);
		await lastExecution(session, id);
		await until('nothing is in flight', () => server.stats.inFlight === 0, 60_000);
		// After the last event of the first, the node waits only half a second for its end.
		expect(server.requests.slice(1).map(({ aborted }) => aborted)).toEqual([true, true]);
	});

	test('a caller who hangs up changes nothing when Stream Response is off', async () => {
		server.behave(() => ok({ latencyMs: 1_000 }));
		const { id, url } = await publishBulk({ webhook: streaming, options: { streamResponse: false } });
		const { request } = await askAsCurl(url, { questions: [longText('kept')] });
		await until('the API is asked', () => server.requests.length === 1, 60_000);
		request.destroy();
		const execution = await lastExecution(session, id);
		expect(execution.data.resultData.error).toBeUndefined();
		expect(onlyItemIn(execution).text).toContain('kept-29');
	});
});

test('the output is the same whether or not a caller reads along', async () => {
	const outputOf = async (bulk: Omit<BulkWorkflow, 'credential'>) => {
		server.reset();
		server.behave(() => ok());
		const { id, url } = await publishBulk(bulk);
		const said = await readToEnd(url, longText('same'));
		const [[item] = []] = nodeOutputs(await lastExecution(session, id));
		const { latencyMs, timeToFirstTokenMs, ...json } = item!.json;
		expect(latencyMs).toEqual(expect.any(Number));
		return {
			said,
			output: { ...item!, json },
			timed: timeToFirstTokenMs !== undefined,
			asked: server.lastRequest().body as IDataObject,
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
	expect(read.output.json.text).toBe(`Reply to: ${longText('same')}`);
	for (const { output } of [unread, plain, fromApi]) expect(output).toEqual(read.output);
	expect(unread.said).not.toContain('same-0');
	figure(`Stream Response off: the caller got ${JSON.stringify(unread.said)}`);
});
