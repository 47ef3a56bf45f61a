import { CallLog } from '../../../client/core/callLog';

const USAGE = { promptTokens: 10, completionTokens: 5 };

test('a new log has no requests, no usage and costs nothing', () => {
	const log = new CallLog();
	expect(log.totals()).toEqual({ costUsd: 0, paidReplies: 0, isCached: false });
	expect([log.requestCount, log.waitedMs, log.warnings]).toEqual([0, 0, []]);
});

test('usage and cost of several replies are summed', () => {
	const log = new CallLog();
	log.addReply(USAGE, 2);
	log.addReply({ promptTokens: 1 }, 3);
	expect(log.totals()).toMatchObject({ usage: { promptTokens: 11, completionTokens: 5 }, costUsd: 5 });
});

test('the cost is unknown when that of one reply is', () => {
	const log = new CallLog();
	log.addReply(USAGE, 2);
	log.addReply(USAGE, null);
	expect(log.totals().costUsd).toBeNull();
});

test('replies paid for earlier count only when no other came', () => {
	const log = new CallLog();
	log.addCachedReply(USAGE);
	expect(log.totals()).toMatchObject({ usage: USAGE, costUsd: 0, paidReplies: 0, isCached: true });
	log.addReply({ promptTokens: 1 }, 3);
	expect(log.totals()).toMatchObject({ usage: { promptTokens: 1 }, costUsd: 3, isCached: false });
});

test('an unusable reply is one request, though it is an attempt and was paid for', () => {
	const log = new CallLog();
	log.addReply(USAGE, 1);
	log.addUnusableReply('INVALID_JSON');
	log.addReply(USAGE, 1);
	expect(log.attempts).toEqual([{ status: 200, code: 'INVALID_JSON' }]);
	expect(log.requestCount).toBe(2);
});

test('a wait belongs to the last attempt, and only the first wait counts', () => {
	const log = new CallLog();
	log.addAttempt({ status: 503 });
	log.addWait(250);
	log.addWait(0);
	log.addAttempt({ status: 503 });
	expect(log.attempts).toEqual([{ status: 503, waitedMs: 250 }, { status: 503 }]);
	expect(log.waitedMs).toBe(250);
});

test('the same warning is listed once', () => {
	const log = new CallLog();
	const warning = { feature: 'user', message: 'Left out.' };
	log.warn(warning, { ...warning });
	expect(log.warnings).toEqual([warning]);
});

test('what came after a position is told apart', () => {
	const log = new CallLog();
	log.addReply(USAGE, 1);
	log.warn({ feature: 'a', message: 'A.' });
	const { position } = log;
	log.addReply({ promptTokens: 1 }, 2);
	log.warn({ feature: 'b', message: 'B.' });
	expect(log.totals(position)).toMatchObject({ usage: { promptTokens: 1 }, costUsd: 2 });
	expect(log.warningsSince(position)).toEqual([{ feature: 'b', message: 'B.' }]);
});
