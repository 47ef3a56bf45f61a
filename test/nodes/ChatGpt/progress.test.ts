import { ApiFailure } from '../../../client/errors';
import { progressText } from '../../../nodes/ChatGpt/progress';
import type { CachedResult } from '../../../nodes/ChatGpt/replyCache';
import { RunTotals } from '../../../nodes/ChatGpt/runTotals';

const SECOND = 1000;

/** What a run has done so far. */
function totalsOf({ replies = 0, failures = 0, retries = 0 }): RunTotals {
	const totals = new RunTotals();
	const failedAttempts = Array.from({ length: retries }, () => ({ status: 429, waitedMs: 5 }));
	for (let reply = 0; reply < replies; reply++) {
		totals.addReply({ failedAttempts: reply === 0 ? failedAttempts : [] } as unknown as CachedResult);
	}
	for (let failure = 0; failure < failures; failure++) totals.addFailure(new ApiFailure('server', 'No'));
	return totals;
}

test.each<[string, number, Parameters<typeof totalsOf>[0], number, number]>([
	['0 of 24 items done, 0 failed; 0 retries, 24 waiting', 24, {}, 24, 5],
	['8 of 24 items done, 0 failed; 0 retries, 0 waiting; about 10 s left', 24, { replies: 8 }, 0, 5],
	[
		'10 of 1000 items done, 2 failed; 5 retries, 3 waiting; about 99 s left',
		1000,
		{ replies: 8, failures: 2, retries: 5 },
		3,
		1,
	],
	['2 of 3 items done, 2 failed; 0 retries, 0 waiting; about 3 s left', 3, { failures: 2 }, 0, 5],
	['1 of 1 item done, 0 failed; 1 retry, 0 waiting; about 0 s left', 1, { replies: 1, retries: 1 }, 0, 5],
	['1 of 25 items done, 0 failed; 0 retries, 0 waiting; about 2 min left', 25, { replies: 1 }, 0, 5],
	['1 of 3601 items done, 0 failed; 0 retries, 0 waiting; about 5 h 0 min left', 3601, { replies: 1 }, 0, 5],
	['1 of 1501 items done, 0 failed; 0 retries, 0 waiting; about 2 h 5 min left', 1501, { replies: 1 }, 0, 5],
])('%s', (text, count, done, waiting, seconds) => {
	expect(progressText(count, totalsOf(done), { waiting }, seconds * SECOND)).toBe(text);
});
