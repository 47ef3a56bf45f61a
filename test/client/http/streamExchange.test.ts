import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Timeouts } from '../../../client/http/exchange';
import { failureOf } from '../../support/clientCalls';
import { readStream } from '../../support/streamInMemory';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const role = 'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n';
const token = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const done = 'data: [DONE]\n\n';

describe('time', () => {
	beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
	afterEach(() => jest.useRealTimers());

	/** A stream that is read while the test writes it, after so much time each. */
	function writing(timeouts: Partial<Timeouts> = {}) {
		const body = new PassThrough();
		const call = readStream(body, timeouts);
		let settled = false;
		const settle = () => (settled = true);
		call.then(settle, settle);
		async function after(ms: number, text = ''): Promise<boolean> {
			for (let turn = 0; turn < 5; turn++) await nextTurn();
			jest.advanceTimersByTime(ms);
			if (text && !settled) body.write(text);
			for (let turn = 0; turn < 5; turn++) await nextTurn();
			return settled;
		}
		return { body, call, after };
	}

	test('any sign of life restarts the idle time-out', async () => {
		const { call, after } = writing();
		expect(await after(0, token)).toBe(false);
		for (const text of [token, ': wait\n\n', 'x', role])
			expect(await after(2 * MINUTE - 1, text)).toBe(false);
		expect(await after(2 * MINUTE - 1)).toBe(false);
		expect(await after(1)).toBe(true);
		expect((await failureOf(call)).details).toMatchObject({ code: 'IDLE_TIMEOUT', partialText: 'aa' });
	});

	test('only a token ends the wait for the first token, and silence does not shorten it', async () => {
		const { call, after } = writing();
		expect(await after(0, role)).toBe(false);
		expect(await after(5 * MINUTE, ': wait\n\n')).toBe(false);
		expect(await after(5 * MINUTE - 1)).toBe(false);
		expect(await after(1)).toBe(true);
		expect((await failureOf(call)).details.code).toBe('FIRST_TOKEN_TIMEOUT');
	});

	test('a first-token and an idle time-out hold one after the other', async () => {
		const { call, after } = writing({ firstTokenTimeoutMs: 5 * SECOND, idleTimeoutMs: SECOND });
		expect(await after(5 * SECOND - 1, token)).toBe(false);
		expect(await after(SECOND - 1)).toBe(false);
		expect(await after(1)).toBe(true);
		expect((await failureOf(call)).details.code).toBe('IDLE_TIMEOUT');
	});

	test('a stream is over half a second after [DONE], whatever else comes', async () => {
		const { body, call, after } = writing();
		await after(0, token + done);
		expect(await after(499, ': still here\n\n')).toBe(false);
		expect(body.destroyed).toBe(false);
		expect(await after(1)).toBe(true);
		expect(body.destroyed).toBe(true);
		expect((await call).choices[0].text).toBe('a');
	});

	test('a stream that was read leaves no timer behind', async () => {
		const { body, call, after } = writing();
		await after(0, token + done);
		body.end();
		await call;
		expect(jest.getTimerCount()).toBe(0);
	});
});

test('a stream without end is too_large', async () => {
	const comment = Buffer.from(`:${' '.repeat(1024 * 1024 - 2)}\n`);
	let sent = 0;
	function* endless() {
		yield Buffer.from(token);
		for (;;) {
			sent += comment.length;
			yield comment;
		}
	}
	const failure = await failureOf(readStream(endless()));
	expect(failure).toMatchObject({ kind: 'too_large', details: { partialText: 'a' } });
	expect(sent).toBe(256 * 1024 * 1024);
});
