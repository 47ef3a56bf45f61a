import { readFile } from 'node:fs/promises';
import type { IDataObject } from 'n8n-workflow';
import { getExecution, listExecutions } from '../../playground/n8nApi';
import type { RunningN8n } from '../../playground/n8nProcess';
import { findPage } from '../docs/markdown';
import { hangBeforeHeaders, ok, streamed } from '../support/faultServer';
import { until } from '../support/until';
import { selectLines, readAllLines, joinText } from './support/callerLines';
import { nodeRun } from './support/executions';
import {
	bulkWorkflow,
	chatGptCredential,
	figure,
	lastExecution,
	postQuestions,
	publish,
	stopExecution,
} from './support/n8n';
import { inTime, inTimeFrom, replies } from './support/questions';
import { startQueueMode } from './support/queueMode';
import { useForFile } from './support/useForFile';
import { useSharedServer } from './support/useN8n';

jest.setTimeout(300_000);

/** Instead of a minute: how long n8n believes that a worker is alive that says nothing. */
const LOCK_MS = 10_000;

const server = useSharedServer();
const queue = useForFile(
	async () =>
		await startQueueMode({
			QUEUE_WORKER_LOCK_DURATION: String(LOCK_MS),
			QUEUE_WORKER_LOCK_RENEW_TIME: String(LOCK_MS / 4),
			QUEUE_WORKER_STALLED_INTERVAL: String(LOCK_MS / 2),
		}),
	(started) => started.stop(),
);
// Stopping the queue stops its workers, too.
const first = useForFile(async () => await queue.addWorker());
const credential = useForFile(
	async () => await chatGptCredential(queue.session, { baseUrl: server.baseUrl }),
);

async function readTexts(response: Response): Promise<unknown[]> {
	return ((await response.json()) as IDataObject[]).map(({ text }) => text);
}

/** Starts so many runs at once, of 20 items each, and says how many seconds they took. */
async function runMany(url: string, count: number): Promise<number> {
	const started = performance.now();
	const runs = await Promise.all(
		Array.from({ length: count }, async () => await readTexts(await postQuestions(url, 20))),
	);
	const seconds = (performance.now() - started) / 1000;
	expect(runs).toEqual(Array.from({ length: count }, () => replies(20)));
	return seconds;
}

/** How many executions a worker has taken so far. */
async function countTaken({ logFile }: RunningN8n): Promise<number> {
	return (await readFile(logFile, 'utf8')).split('Worker started execution').length - 1;
}

test('the guide to scaling out names the variables that queue mode needs', () => {
	const guide = findPage('docs/guides/scaling-out.md');
	const named = guide.blocks.flatMap(({ code }) => [...code.matchAll(/^export (\w+)=/gm)]);
	expect(named.map(([, variable]) => variable).toSorted()).toEqual(queue.variables.toSorted());
});

describe('with one worker', () => {
	test('a worker answers 100 items in order', async () => {
		server.behave(inTimeFrom(10, server));
		const { id, url } = await publish(queue.session, bulkWorkflow({ credential }));
		const started = performance.now();
		expect(await readTexts(await postQuestions(url, 100))).toEqual(replies(100));
		const wallMs = performance.now() - started;
		const { executionTime } = nodeRun(await lastExecution(queue.session, id));
		expect(server.stats).toMatchObject({ requests: 100, maxInFlight: 10 });
		figure(`queue mode, 100 items: node ${executionTime} ms, webhook to reply ${Math.round(wallMs)} ms`);
	});

	test('a caller reads the reply along through a worker', async () => {
		server.behave(() => streamed({ pieces: 10, everyMs: 500 }));
		const { url } = await publish(
			queue.session,
			bulkWorkflow({ credential, webhook: { responseMode: 'streaming' } }),
		);
		const question = Array.from({ length: 30 }, (_, word) => `word-${word}`).join(' ');
		const lines = selectLines(await readAllLines(url, { questions: [question] }));
		expect(joinText(lines)).toBe(`Reply to: ${question}`);
		const texts = lines.filter(({ type }) => type === 'item');
		const { sentAt, receivedAt } = server.lastRequest();
		// The API was still writing then.
		expect(texts[0]!.at).toBeLessThan(sentAt[10]!);
		figure(
			`streamed through a worker: the API sent its first text ${Math.round(sentAt[1]! - receivedAt)} ms after it was asked, ` +
				`the caller had it ${(texts[0]!.at - sentAt[1]!).toFixed(1)} ms later, the last ${(texts.at(-1)!.at - sentAt[10]!).toFixed(1)} ms after it was sent`,
		);
	});

	test('a Stop reaches the worker and ends every request', async () => {
		server.behave(({ index }) => (index < 20 ? ok() : hangBeforeHeaders()));
		const { id, url } = await publish(queue.session, bulkWorkflow({ credential }));
		const response = postQuestions(url, 100);
		response.catch(() => {});
		await until(
			'20 are answered, and ten more under way',
			() => server.requests.length === 30 && server.stats.inFlight === 10,
			60_000,
		);
		const [running] = await listExecutions(queue.session, { workflowId: id });
		const stoppedAt = performance.now();
		await stopExecution(queue.session, running!.id);
		await until('nothing is in flight', () => server.stats.inFlight === 0, 60_000);
		const endedMs = Math.max(...server.requests.map(({ overAt }) => overAt! - stoppedAt));
		const { status } = await lastExecution(queue.session, id);
		expect(status).toBe('canceled');
		await (await response).text();
		// Twenty that were answered and ten that were under way, and none after them.
		expect(server.stats).toMatchObject({ requests: 30, aborted: 10 });
		figure(
			`Stop in queue mode: ${server.stats.requests} of 100 sent, ${server.stats.aborted} aborted, all over ${Math.round(endedMs)} ms after it was pressed`,
		);
	});
});

describe('with two workers', () => {
	let second: RunningN8n;
	let oneWorkerSeconds: number;
	let workflow: { id: string; url: string };
	beforeAll(async () => {
		server.behave(inTime);
		workflow = await publish(
			queue.session,
			bulkWorkflow({ credential, options: { maxConcurrentRequests: 10 } }),
		);
		await runMany(workflow.url, 2);
		oneWorkerSeconds = await runMany(workflow.url, 30);
		second = await queue.addWorker();
		await runMany(workflow.url, 2);
	});

	test('runs are spread over two workers', async () => {
		server.behave(inTime);
		const workers = [first, second];
		const before = await Promise.all(workers.map(countTaken));
		const seconds = await runMany(workflow.url, 30);
		const shares = (await Promise.all(workers.map(countTaken))).map(
			(count, worker) => count - before[worker]!,
		);
		expect(shares[0]! + shares[1]!).toBe(30);
		expect(Math.min(...shares)).toBeGreaterThan(0);
		figure(
			`30 runs of 20 items: ${oneWorkerSeconds.toFixed(1)} s with one worker (${Math.round(600 / oneWorkerSeconds)} items a second), ` +
				`${seconds.toFixed(1)} s with two (${Math.round(600 / seconds)}; ${shares.join(' and ')} runs), ratio ${(oneWorkerSeconds / seconds).toFixed(2)}`,
		);
	});

	test('a worker that is killed loses its own run only, and nothing is asked twice', async () => {
		let release = () => {};
		const released = new Promise<void>((resolve) => (release = resolve));
		server.behave(async () => {
			await released;
			return ok();
		});
		const { id, url } = workflow;
		const workers = [first, second];
		const before = await Promise.all(workers.map(countTaken));
		const shares = async () =>
			(await Promise.all(workers.map(countTaken))).map((count, worker) => count - before[worker]!);
		const responses: Array<Promise<Response>> = [];
		// The quicker worker takes a run, and either may be that; but none takes more than five at once.
		while ((await shares()).includes(0)) {
			const response = postQuestions(url, 100);
			// Should the test end before it is waited for.
			response.catch(() => {});
			responses.push(response);
			const isTaken = async () => {
				const [byFirst, bySecond] = await shares();
				return byFirst! + bySecond! === responses.length;
			};
			await until('a worker has taken it', isTaken, 60_000);
		}
		const runs = responses.length;
		const [kept, lost] = (await shares()) as [number, number];
		await until('all are under way', () => server.stats.inFlight === 10 * runs, 60_000);
		const killedAt = performance.now();
		second.kill();
		await until('its requests have broken off', () => server.stats.aborted === 10 * lost, 60_000);
		release();
		const answered = await Promise.all(
			responses.map(async (response) => ({
				status: (await response).status,
				body: await (await response).text(),
			})),
		);
		const toldMs = performance.now() - killedAt;
		const sentFor = new Map<string, number>();
		for (const { rawBody } of server.requests) sentFor.set(rawBody, (sentFor.get(rawBody) ?? 0) + 1);
		// Each question belongs to all runs.
		expect(Math.max(...sentFor.values())).toBe(runs);
		expect(server.stats).toMatchObject({ requests: 100 * kept + 10 * lost, aborted: 10 * lost });
		const told = answered.filter(({ status }) => status !== 200);
		expect(told.map(({ status }) => status)).toEqual(Array.from({ length: lost }, () => 500));
		for (const { body } of answered.filter(({ status }) => status === 200)) {
			expect((JSON.parse(body) as IDataObject[]).map(({ text }) => text)).toEqual(replies(100));
		}
		figure(
			`kill -9: of ${runs} runs ${lost} lost, ${server.stats.aborted} requests broke off, ${server.stats.requests} of ${100 * runs} sent in all; the caller was told after ${(toldMs / 1000).toFixed(1)} s: ` +
				told[0]!.body,
		);
		const failed = await listExecutions(queue.session, { workflowId: id, status: ['error', 'crashed'] });
		expect(failed).toHaveLength(lost);
		const { status, data } = await getExecution(queue.session, failed[0]!.id);
		figure(`the execution that was killed: ${status}, "${data.resultData.error?.message}"`);
		// The other worker goes on.
		server.reset();
		server.behave(inTime);
		expect(await readTexts(await postQuestions(url, 20))).toEqual(replies(20));
	});
});
