import { CallLog } from '../../../client/core/callLog';
import type { ChatReply } from '../../../client/core/reply';
import type { ModelRequest } from '../../../client/core/requests';
import { recallReply, type CacheCall } from '../../../client/sending/replyCache';

/** As many as the cache keeps. */
const MOST = 10_000;
const KEPT = { keepMs: 600_000 };

const request = (question: string): ModelRequest => ({
	model: 'gpt-4o',
	messages: [{ role: 'user', content: question }],
});
const replyTo = ({ messages = [] }: ModelRequest): ChatReply => ({
	choices: [{ index: 0, text: `Reply to: ${messages[0]?.content as string}`, finishReason: 'stop' }],
	raw: {},
});

/** Asks through the cache, and counts what gets through it. The account is one for each test. */
function cached(id: string) {
	const asked: string[] = [];
	const ask = async (question: string, more: Partial<CacheCall> = {}) => {
		const call: CacheCall = { cache: KEPT, log: new CallLog(), server: { id }, ...more };
		const reply = await recallReply(request(question), call, (toSend) => {
			asked.push(question);
			call.log.addReply({ promptTokens: 7 }, 2);
			call.log.warn({ feature: 'user', message: 'Left out.' });
			return Promise.resolve(replyTo(toSend));
		});
		return { reply, log: call.log };
	};
	return { ask, asked };
}

test('the reply used least recently makes room in a full cache', async () => {
	const { ask, asked } = cached('full');
	await ask('Before all');
	for (let question = 0; question < MOST; question++) await ask(`Question ${question}`);
	await ask(`Question ${MOST - 1}`);
	expect(asked).toHaveLength(MOST + 1);
	await ask('Before all');
	expect(asked).toHaveLength(MOST + 2);
});

test('a recalled reply has the usage and the warnings of the one paid for, and costs nothing', async () => {
	const { ask, asked } = cached('recalled');
	const first = await ask('Hi');
	const second = await ask('Hi');
	expect(asked).toEqual(['Hi']);
	expect(second.reply).toEqual(first.reply);
	expect(second.log.totals()).toEqual({
		usage: { promptTokens: 7 },
		costUsd: 0,
		paidReplies: 0,
		isCached: true,
	});
	expect(second.log.warnings).toEqual(first.log.warnings);
});

test('what was paid before in the same call is not kept with the reply', async () => {
	const { ask } = cached('rounds');
	const log = new CallLog();
	log.addReply({ promptTokens: 100 }, 50);
	log.warn({ feature: 'tools', message: 'A round before.' });
	await ask('Hi', { log });
	const { log: later } = await ask('Hi');
	expect(later.totals().usage).toEqual({ promptTokens: 7 });
	expect(later.warnings).toEqual([{ feature: 'user', message: 'Left out.' }]);
});

test('a recalled reply may be changed without changing it for others', async () => {
	const { ask } = cached('changed');
	await ask('Hi');
	const { reply } = await ask('Hi');
	reply.choices[0].text = 'changed';
	expect((await ask('Hi')).reply.choices[0].text).toBe('Reply to: Hi');
});
