import type { INode, Logger } from 'n8n-workflow';
import type { ChatResult } from '../../../client/client';
import { CallLog } from '../../../client/core/callLog';
import { progressText, reportProgress } from '../../../host/run/progress';
import { RunTotals } from '../../../host/run/runTotals';

const SECOND = 1000;

/** What a run has done so far. */
function totalsOf({ replies = 0, failures = 0, retries = 0 }): RunTotals {
	const totals = new RunTotals();
	const failedAttempts = Array.from({ length: retries }, () => ({ status: 429, waitedMs: 5 }));
	for (let reply = 0; reply < replies; reply++) {
		const retried = { failedAttempts: reply === 0 ? failedAttempts : [], warnings: [] };
		totals.addReply(retried as unknown as ChatResult);
	}
	for (let failure = 0; failure < failures; failure++) totals.addFailure(new CallLog());
	return totals;
}

test.each<{
	text: string;
	count: number;
	done?: Parameters<typeof totalsOf>[0];
	waiting: number;
	seconds: number;
}>([
	{ text: '0 of 24 items done; 24 waiting', count: 24, waiting: 24, seconds: 5 },
	{ text: '8 of 24 items done; about 10 s left', count: 24, done: { replies: 8 }, waiting: 0, seconds: 5 },
	{
		text: '10 of 1000 items done, 2 failed; 5 retries, 3 waiting; about 99 s left',
		count: 1000,
		done: { replies: 8, failures: 2, retries: 5 },
		waiting: 3,
		seconds: 1,
	},
	{
		text: '2 of 3 items done, 2 failed; about 3 s left',
		count: 3,
		done: { failures: 2 },
		waiting: 0,
		seconds: 5,
	},
	{
		text: '1 of 1 item done; 1 retry; about 0 s left',
		count: 1,
		done: { replies: 1, retries: 1 },
		waiting: 0,
		seconds: 5,
	},
	{ text: '1 of 25 items done; about 2 min left', count: 25, done: { replies: 1 }, waiting: 0, seconds: 5 },
	{
		text: '1 of 3601 items done; about 5 h 0 min left',
		count: 3601,
		done: { replies: 1 },
		waiting: 0,
		seconds: 5,
	},
	{
		text: '1 of 1501 items done; about 2 h 5 min left',
		count: 1501,
		done: { replies: 1 },
		waiting: 0,
		seconds: 5,
	},
])('the progress is told as: $text', ({ text, count, done = {}, waiting, seconds }) => {
	expect(progressText(count, totalsOf(done), { waiting }, seconds * SECOND)).toBe(text);
});

test('a report names the workflow and the execution in the log, and is not made twice', () => {
	jest.useFakeTimers();
	try {
		const logger = { info: jest.fn() };
		const sendMessageToUI = jest.fn();
		const totals = new RunTotals();
		const end = reportProgress(
			{
				logger: logger as unknown as Logger,
				sendMessageToUI,
				getNode: () => ({ name: 'Ask' }) as INode,
				getWorkflow: () => ({ id: '7', name: 'Letters', active: true }),
				getExecutionId: () => '12',
			},
			2,
			totals,
			{ waiting: 2 },
		);
		jest.advanceTimersByTime(14 * SECOND);
		totals.addFailure(new CallLog());
		jest.advanceTimersByTime(SECOND);
		end();
		jest.advanceTimersByTime(60 * SECOND);
		const texts = ['0 of 2 items done; 2 waiting', '1 of 2 items done, 1 failed; 2 waiting; about 15 s left'];
		expect(sendMessageToUI.mock.calls).toEqual(texts.map((text) => [text]));
		expect(logger.info.mock.calls).toEqual(
			texts.map((text) => [`Ask in workflow "Letters" (execution 12): ${text}`]),
		);
	} finally {
		jest.useRealTimers();
	}
});
