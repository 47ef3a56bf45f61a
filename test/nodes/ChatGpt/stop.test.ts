import { runInThisContext } from 'node:vm';
import { CONTINUE, numberedItems, runChatGpt } from '../../support/chatGptRun';
import {
	fail,
	hangBeforeHeaders,
	hangMidBody,
	invalidJson,
	mixedFaults,
	ok,
	rateLimited,
	resetBeforeHeaders,
	resetDuringBody,
} from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

test('Stop ends a run of nothing but bad items, too, because n8n gets its turn between them', async () => {
	const { run, output } = await runChatGpt(server, {
		items: numberedItems(5000),
		node: CONTINUE,
		parameters: { temperature: 9 },
		onStart: ({ cancel }) => setTimeout(cancel, 300),
	});
	expect(run.status).toBe('canceled');
	expect(output('ChatGPT').length).toBeLessThan(5000);
});

test('Stop ends the requests under way and sends no more', async () => {
	server.behave((request) => (request.index < 10 ? ok() : hangBeforeHeaders()));
	const { run, output } = await runChatGpt(server, {
		items: numberedItems(100),
		onStart: ({ cancel }) => {
			void until('the second ten requests are under way', () => server.stats.inFlight === 10).then(cancel);
		},
	});
	expect(run.status).toBe('canceled');
	await until('the server has seen ten hang up', () => server.stats.aborted === 10);
	expect(server.requests).toHaveLength(20);
	// n8n shows what was there by then.
	expect(output('ChatGPT')).toHaveLength(10);
});

test('Stop ends the waits for a rate limit', async () => {
	server.behave(() => rateLimited({ retryAfter: { seconds: 60 } }));
	const { run } = await runChatGpt(server, {
		items: numberedItems(3),
		onStart: ({ cancel }) => {
			void until('all are told to wait', () => server.requests.filter((r) => r.answered).length === 3).then(
				cancel,
			);
		},
	});
	expect(run.status).toBe('canceled');
	expect(server.requests).toHaveLength(3);
});

test('Stop before the node starts lets nothing be sent', async () => {
	const { run } = await runChatGpt(server, { onStart: ({ cancel }) => cancel() });
	expect(run.status).toBe('canceled');
	expect(server.requests).toHaveLength(0);
});

test("the end of the workflow's execution timeout ends the requests under way, as Stop does", async () => {
	server.behave(() => hangBeforeHeaders());
	const { run } = await runChatGpt(server, { items: numberedItems(100), timeoutMs: 3000 });
	expect(run.status).toBe('canceled');
	await until('the server has seen ten hang up', () => server.stats.aborted === 10);
	expect(server.requests).toHaveLength(10);
});

test('Stop among all kinds of trouble leaves no request, rejection or warning behind', async () => {
	const troubles = [
		rateLimited({ retryAfter: { ms: 20 } }),
		fail({ status: 500, headers: { 'retry-after-ms': '1' } }),
		invalidJson(),
		resetBeforeHeaders(),
		resetDuringBody(),
		hangBeforeHeaders(),
		hangMidBody(),
	];
	const mixed = mixedFaults({ rate: 0.3, seed: 1, faults: troubles, then: () => ok({ latencyMs: 5 }) });
	let stop = () => {};
	server.behave((request) => {
		if (request.index === 100) stop();
		return mixed(request);
	});
	const complaints = await complaintsDuring(async () => {
		const { run, output } = await runChatGpt(server, {
			items: numberedItems(200),
			options: { maxRetries: 100, timeout: 1, maxConcurrentRequests: 20 },
			onStart: ({ cancel }) => (stop = cancel),
		});
		expect(run.status).toBe('canceled');
		// n8n shows the half that was there by then.
		expect(output('ChatGPT').length).toBeGreaterThan(40);
		expect(output('ChatGPT').length).toBeLessThan(120);
		await until('the server has nothing left to do', () => server.stats.inFlight === 0);
	});
	expect(complaints).toEqual([]);
});

/** Runs the work, and gives what Node says of unhandled rejections and of too many listeners. */
async function complaintsDuring(work: () => Promise<void>): Promise<unknown[]> {
	// Jest's own `process` in a test file is a copy that emits nothing.
	const realProcess = runInThisContext('process') as NodeJS.Process;
	const complaints: unknown[] = [];
	const complain = (complaint: unknown) => void complaints.push(complaint);
	realProcess.on('unhandledRejection', complain).on('warning', complain);
	try {
		await work();
		// Both are emitted after the turn that caused them.
		await new Promise(setImmediate);
	} finally {
		realProcess.off('unhandledRejection', complain).off('warning', complain);
	}
	return complaints;
}
