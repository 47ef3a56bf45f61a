import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import { listExecutions } from '../../playground/n8nApi';
import { fail, hangBeforeHeaders, mixedFaults, ok, wrongKey } from '../support/faultServer';
import { until } from '../support/until';
import { errorIn, nodeOutputs } from './support/executions';
import {
	API_KEY,
	bulkWorkflow,
	figure,
	lastExecution,
	postQuestions,
	publish,
	runBulk,
	stopExecution,
} from './support/n8n';
import { inTime, inTimeFrom, latencyOf, questions, replies } from './support/questions';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n();

const everyReply = replies(100);

test('100 items come out in order, ten at a time, over few sockets', async () => {
	server.behave(inTimeFrom(10, server));
	const { body, wallMs, execution, node } = await runBulk(session, { credential }, 100);
	expect((JSON.parse(body) as IDataObject[]).map((item) => item.text)).toEqual(everyReply);
	expect(nodeOutputs(execution)[0]?.map((item) => item.pairedItem)).toEqual(
		everyReply.map((_, item) => ({ item })),
	);
	expect(server.stats).toMatchObject({ requests: 100, maxInFlight: 10 });
	expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	const ideal = server.requests.reduce((sum, request) => sum + latencyOf(request), 0) / 10;
	figure(
		`100 items: node ${node?.executionTime} ms, webhook to reply ${Math.round(wallMs)} ms, ideal ${Math.round(ideal)} ms, ` +
			`${server.stats.maxInFlight} at once, ${server.stats.socketsOpened} sockets`,
	);
});

test.each([10, 30])('100 items all come out though %i %% of the requests fail', async (percent) => {
	server.behave(mixedFaults({ rate: percent / 100, seed: 1, then: inTime }));
	const { body, wallMs, node } = await runBulk(session, { credential }, 100);
	expect((JSON.parse(body) as IDataObject[]).map((item) => item.text)).toEqual(everyReply);
	figure(
		`${percent} % faults: 100 of 100 replies, ${server.requests.length} requests, ` +
			`${Math.round(wallMs)} ms; hint: ${node?.hints?.[0]?.message}`,
	);
});

describe('one bad item of ten', () => {
	beforeEach(() =>
		server.behave(({ rawBody }) =>
			rawBody.includes('Question 4')
				? fail({ status: 400, shape: 'openai', message: 'Bad question.' })
				: ok(),
		),
	);

	test('with Stop, one bad item of ten ends the run and says why', async () => {
		const { status, execution } = await runBulk(session, { credential }, 10);
		expect(status).toBe(500);
		expect(execution.status).toBe('error');
		const error = errorIn(execution);
		expect(error).toMatchObject({
			message: 'The API cannot accept this request: Bad question',
			description: expect.stringMatching(/^Item 4: Correct the parameter/),
		});
		figure(`Stop: "${error.message}" / "${error.description}"`);
	});

	test('with Continue, the error of one bad item of ten stands in its place', async () => {
		const { body, execution } = await runBulk(
			session,
			{ credential, node: { onError: 'continueRegularOutput' } },
			10,
		);
		const items = JSON.parse(body) as IDataObject[];
		expect(execution.status).toBe('success');
		expect(items.map((item) => (item.error ? 'error' : item.text))).toEqual(
			questions(10).map((question, number) => (number === 4 ? 'error' : `Reply to: ${question}`)),
		);
		figure(`Continue: ${JSON.stringify(items[4])}`);
	});

	test('with Continue (using error output), one bad item of ten leaves by the other output', async () => {
		const { execution } = await runBulk(
			session,
			{ credential, node: { onError: 'continueErrorOutput' } },
			10,
		);
		const [answered, errors] = nodeOutputs(execution);
		expect(answered).toHaveLength(9);
		expect(answered!.every((item) => typeof item.json.text === 'string' && !item.json.error)).toBe(true);
		expect(errors!.map((item) => item.json)).toEqual([
			{
				question: 'Question 4',
				error: 'The API cannot accept this request: Bad question',
				details: expect.objectContaining({ status: 400, hint: expect.any(String) }),
			},
		]);
		figure(`Error output: 9 items left, 1 right: ${JSON.stringify(errors![0]!.json)}`);
	});
});

test('Stop pressed during a run of 100 ends every request', async () => {
	server.behave(({ index }) => (index < 10 ? ok() : hangBeforeHeaders()));
	const { id, url } = await publish(session, bulkWorkflow({ credential }));
	const reply = postQuestions(url, 100).then((response) => response.status);
	await until(
		'the second ten are under way',
		() => server.requests.length === 20 && server.stats.inFlight === 10,
		60_000,
	);
	const [running] = await listExecutions(session, { workflowId: id }, 1);
	const pressedAt = performance.now();
	await stopExecution(session, running!.id);
	await until('nothing is in flight', () => server.stats.inFlight === 0, 60_000);
	const endedMs = Math.max(...server.requests.map(({ overAt }) => overAt! - pressedAt));
	const execution = await lastExecution(session, id);
	expect(execution.status).toBe('canceled');
	await reply;
	// Ten that were answered and ten that were under way, and none after them.
	expect(server.stats).toMatchObject({ requests: 20, aborted: 10 });
	figure(
		`Stop: ${server.stats.requests} requests sent, ${server.stats.aborted} aborted, all over ${Math.round(endedMs)} ms after it was pressed`,
	);
});

test('the API key is in no output, error, log line or stored execution', async () => {
	server.behave(() => wrongKey());
	const { body, execution } = await runBulk(
		session,
		{ credential, node: { onError: 'continueRegularOutput' } },
		2,
	);
	expect(body).toContain('[redacted]');
	expect(JSON.stringify(execution)).not.toContain(API_KEY);
	await runBulk(session, { credential }, 2);

	const folder = process.env.E2E_USER_FOLDER!;
	const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
		.filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
		.map((entry) => join(entry.parentPath, entry.name));
	expect(files.some((file) => file.endsWith('database.sqlite'))).toBe(true);
	expect(files.some((file) => file.endsWith('n8n.log'))).toBe(true);
	const leaks: string[] = [];
	for (const file of files) if ((await readFile(file)).includes(API_KEY)) leaks.push(file);
	expect(leaks).toEqual([]);
	figure(`Key searched for in ${files.length} files of n8n's user folder: found in ${leaks.length}`);
});
