/** A short campaign that is the same each time, and the proof that every check can fail. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok } from '../support/faultServer';
import { violations } from './checks';
import { runScenario, warmUp, type Meeting, type ScenarioRecord } from './runScenario';
import { scenarioOf, type ExecutionPlan, type Scenario } from './scenario';
import { watchProcess } from './watch';

beforeAll(warmUp);

test.each([1, 2, 3, 4])('the checks find nothing in scenario %i', async (number) => {
	expect(violations(await runScenario(scenarioOf(1, number)))).toEqual([]);
});

describe('the checks', () => {
	const plan: ExecutionPlan = {
		onError: 'continueRegularOutput',
		maxTries: 1,
		concurrency: 2,
		maxRetries: 1,
		timeoutMs: 5000,
		simplify: true,
		stream: 'toCaller',
		items: ['0: good', '0: good', '0: broken', '0: refused', ' '].map((question) => ({ json: { question } })),
	};
	const scenario: Scenario = {
		key: 'sk-test-0123456789abcdef',
		percent: 0,
		kinds: [],
		executions: [plan],
		faultFor({ rawBody, attempt }) {
			if (rawBody.includes('refused')) {
				return { kind: '400', verdict: 'final', behaviour: fail({ status: 400 }) };
			}
			if (rawBody.includes('broken') && attempt === 1) {
				return { kind: '500', verdict: 'retry', behaviour: fail({ status: 500 }) };
			}
			return { kind: 'a reply', verdict: 'answer', behaviour: ok() };
		},
	};
	let record: ScenarioRecord;
	beforeAll(async () => {
		record = await runScenario(scenario);
	});

	test('the checks find nothing where all is well', () => {
		expect(violations(record)).toEqual([]);
	});

	type DoctoredRecord = ScenarioRecord & {
		run: ScenarioRecord['executions'][0];
		out: ScenarioRecord['executions'][0]['outputs'][0];
	};
	const failure = { error: 'Failed', details: { hint: 'Hm', attempts: [{}] } };
	test.each<[string, (record: DoctoredRecord) => void, string]>([
		['a lost item', ({ out }) => out.pop(), '4 outcomes for 5 items'],
		['a doubled item', ({ out }) => out.push(out[0]!), 'two outcomes for one item'],
		['a changed order', ({ out }) => out.reverse(), 'output 0 is out of order'],
		[
			'a wrong pairedItem',
			({ out }) => (out[4]!.pairedItem = { item: 7 }),
			'the outcome of item 7 is of no item',
		],
		['the text of another', ({ out }) => (out[1]!.json.text = 'Hm'), 'has another text than the server sent'],
		['a reply given twice', ({ out }) => (out[1]!.json = out[0]!.json), 'one that was given out before'],
		['a reply of another', ({ out }) => (out[1]!.json = out[2]!.json), 'is the reply to another question'],
		['a reply made up', ({ out }) => (out[1]!.json = {}), 'is no reply'],
		['a reply of an error', ({ meetings }) => (meetings.at(-1)!.verdict = 'retry'), 'is made of "a reply"'],
		['more than an error', ({ out }) => (out[3]!.json.text = ''), 'has more than an error and its details'],
		['an error without a hint', ({ out }) => (out[3]!.json = { error: 'Hm' }), 'has no hint'],
		[
			'an error at the wrong output',
			({ run, out }) => run.outputs[1]!.push(out.pop()!),
			'is an error at the wrong output',
		],
		[
			'a reply at the error output',
			({ run, out }) => run.outputs[1]!.push(out.shift()!),
			'is a reply at the error output',
		],
		[
			'an error that should stop',
			({ run }) => (run.plan.onError = 'stopWorkflow'),
			'though errors stop the workflow',
		],
		['a stop for no reason', ({ run }) => (run.status = 'error'), 'ended as "error"'],
		[
			'a reason that is none',
			({ run }) => Object.assign(run, { status: 'error', error: { message: 'Hm', itemIndex: 0 } }),
			'failed without a reason: item 0',
		],
		['a hang', ({ run }) => (run.status = 'canceled'), 'ended as "canceled"'],
		['a lost reply', ({ out }) => (out[0]!.json = failure), 'was answered 2 times, but has 1 replies'],
		[
			'a failure without a reason',
			({ meetings }) => (meetings.find(({ verdict }) => verdict === 'final')!.verdict = 'retry'),
			'failed without a reason',
		],
		[
			'an item not sent',
			({ out }) => (out[3]!.json = { error: 'Not sent, because item 2 …', details: { hint: 'Hm' } }),
			'was not sent, for no reason',
		],
		[
			'an item sent in vain',
			({ meetings }) => {
				meetings[0]!.verdict = 'finalForAll';
				meetings.find(({ verdict }) => verdict === 'final')!.receivedAt += 9e3;
			},
			'was sent after a refusal',
		],
		['attempts miscounted', ({ out }) => (out[2]!.json.attempts = 7), 'says it had 7 attempts'],
		[
			'too many requests',
			({ meetings }) => meetings.unshift(...Array<Meeting>(4).fill({ ...meetings[0]!, verdict: 'retry' })),
			'in one try',
		],
		['a reply paid for twice', ({ meetings }) => meetings.push(...meetings), 'was sent again after its end'],
		[
			'a reply paid for in each try',
			({ run, meetings }) => {
				run.tries.push(run.endedAt);
				meetings.push({ ...meetings[0]!, receivedAt: run.endedAt });
			},
			'was sent 1 times in one try',
		],
		['a bad item sent', ({ out }) => (out[4]!.json = failure), 'item 4 is bad, but sent'],
		[
			'a request that no item makes',
			({ meetings }) => (meetings[0]!.question = '0: what?'),
			'no item asks "0: what?"',
		],
		[
			'a request after the end',
			({ run, meetings }) => (meetings[0]!.receivedAt = run.endedAt + 9e3),
			'1 requests after the end',
		],
		['requests after Stop', ({ run }) => (run.stoppedAt = -1e6), 'requests after Stop'],
		['a slow Stop', ({ run }) => (run.stoppedAt = run.endedAt - 9e3), 'ended late after Stop'],
		[
			'a request under way',
			(doctored) => (doctored.inFlightAtEnd = 1),
			'1 requests are in flight after the end',
		],
		['a redirect followed', (doctored) => (doctored.otherRequests = 1), '1 requests went elsewhere'],
		['a complaint', ({ complaints }) => complaints.push('unhandled'), 'Node complains: unhandled'],
		['a timer', ({ leftBehind }) => leftBehind.push('1 Timeout'), 'Left behind: 1 Timeout'],
		['an unread word', ({ run }) => (run.chunks[2]!.content = 'x'), 'the caller read'],
		['the key', (doctored) => (doctored.visible += scenario.key), 'The key is shown'],
		['a part of the key', (doctored) => (doctored.visible += ' …89abcdef'), 'The key is shown'],
		['the key masked', (doctored) => (doctored.visible += 'sk-tes****cdef'), 'The key is shown'],
	])('the checks find %s', (_name, doctor, violation) => {
		const copy = structuredClone(record);
		const run = copy.executions[0]!;
		doctor(Object.assign(copy, { run, out: run.outputs[0]! }));
		expect(violations(copy).join('\n')).toContain(violation);
	});

	test('watchProcess hears of output, warnings, a busy process and open handles', async () => {
		const watch = watchProcess();
		// Not a timer: the test runner has some of its own.
		const left = createServer().listen(0, '127.0.0.1');
		try {
			console.error('printed'); // eslint-disable-line no-console -- to be heard
			process.emitWarning('a warning that this test makes');
			await sleep(20);
			const busyUntil = performance.now() + 50;
			while (performance.now() < busyUntil);
			await sleep(20);
			expect(watch.logged).toEqual([['printed']]);
			expect(watch.complaints).toEqual([expect.stringContaining('a warning that this test makes')]);
			expect(watch.lagMs()).toBeGreaterThan(40);
			expect(await watch.leftBehind()).toContain('1 TCPServerWrap');
		} finally {
			left.close();
			watch.end();
		}
	});
});
