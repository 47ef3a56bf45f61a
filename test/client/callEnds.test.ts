import type { CallOptions } from '../../client/call';
import { TOTAL_TIMEOUT, CallError } from '../../client/core/errors';
import type { CallableTool } from '../../client/core/toolCall';
import { definitionOf } from '../../client/tools/tools';
import { behaveInTurn } from '../support/behaveInTurn';
import { connect, failureOf, logOf, options, request, spentIn } from '../support/clientCalls';
import { callingTools, fail, hangBeforeHeaders, ok, type Behaviour } from '../support/faultServer';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';
import { inCity, weatherTool } from '../support/weatherTool';

// What ends a call from outside, after some of its requests were sent, paid for or acted upon.

const server = useFaultServer();

const USAGE = { prompt_tokens: 10, completion_tokens: 5 };
const ownPrices = [{ input: 1e6, output: 0 }];
const PAID = { usage: { promptTokens: 10, completionTokens: 5 }, costUsd: 10 };

const inTurn = (...behaviours: Behaviour[]) => behaveInTurn(server, ...behaviours);

/** A hook that lets so many requests through, and then throws `end`. */
function allowing(requests: number) {
	const end = new CallError('nothing more may be sent');
	const beforeSend = () => {
		if (server.stats.requests >= requests) throw end;
	};
	return { end, beforeSend };
}

/** A signal that is aborted once so many requests have arrived; the last of them hangs. */
function abortingOnce(requests: number, reason: Error) {
	const controller = new AbortController();
	const aborted = until('the request is under way', () => server.stats.requests === requests).then(() =>
		controller.abort(reason),
	);
	return { abortSignal: controller.signal, aborted };
}

const CALL = callingTools([inCity('Paris')], { usage: USAGE });
const askWithTools = (more: Partial<CallOptions>, tool = weatherTool) =>
	connect(server).completeChat(
		{ ...request('Weather?'), tools: [definitionOf(tool)] },
		options({ ownPrices, tools: { callable: [tool], maxRounds: 5 }, ...more }),
	);

const askForJson = (more: Partial<CallOptions>, n?: number) =>
	connect(server).completeChat(
		{ ...request('JSON, please'), response_format: { type: 'json_object' }, ...(n !== undefined && { n }) },
		options({ ownPrices, json: { repairAttempts: 1 }, ...more }),
	);
const GOOD = '{"good": true}';

describe('between two rounds of tools', () => {
	const toolCalls = [{ name: 'weather', result: 'Sunny in Paris', round: 1 }];

	test('a round that may not be sent leaves what was paid and called in the log', async () => {
		inTurn(CALL);
		const { end, beforeSend } = allowing(1);
		await expect(askWithTools({ beforeSend })).rejects.toBe(end);
		expect(logOf(end).attempts).toEqual([]);
		expect(spentIn(logOf(end))).toMatchObject({ ...PAID, toolCalls });
	});

	test('an abort of a request or a tool leaves what was paid and called in the log', async () => {
		inTurn(CALL, hangBeforeHeaders());
		const reason = new CallError('gone');
		const { abortSignal, aborted } = abortingOnce(2, reason);
		await expect(askWithTools({ abortSignal })).rejects.toBe(reason);
		await aborted;
		expect(spentIn(logOf(reason))).toMatchObject({ ...PAID, toolCalls });

		server.reset();
		const other = new CallError('gone');
		const controller = new AbortController();
		const slow: CallableTool = {
			...weatherTool,
			call: () => {
				controller.abort(other);
				return new Promise(() => {});
			},
		};
		const call = askWithTools({ abortSignal: controller.signal }, slow);
		await expect(call).rejects.toBe(other);
		expect(spentIn(logOf(other))).toMatchObject({ ...PAID, toolCalls: [{ name: 'weather', round: 1 }] });
	});

	test('the reason of a Stop is thrown untouched', async () => {
		inTurn(CALL, hangBeforeHeaders());
		const reason = new Error('Stopped');
		const { abortSignal, aborted } = abortingOnce(2, reason);
		await expect(askWithTools({ abortSignal })).rejects.toBe(reason);
		await aborted;
		expect(Object.keys(reason)).toEqual([]);
	});
});

describe('before a repair of the JSON', () => {
	test('a repair that may not be sent leaves the unusable reply in the log', async () => {
		inTurn(ok({ text: 'no JSON', usage: USAGE }));
		const { end, beforeSend } = allowing(1);
		await expect(askForJson({ beforeSend })).rejects.toBe(end);
		expect(logOf(end).attempts).toEqual([{ status: 200, code: 'INVALID_JSON', waitedMs: 0 }]);
		expect(spentIn(logOf(end))).toMatchObject(PAID);
	});

	test('good choices are kept when the repair of another cannot be sent', async () => {
		inTurn(ok({ text: (_, choice) => (choice === 1 ? 'no JSON' : GOOD), usage: USAGE }));
		const { beforeSend } = allowing(1);
		const result = await askForJson({ beforeSend }, 3);
		expect(result).toMatchObject({ choices: [{ index: 0 }, { index: 2 }], ...PAID });
		expect(result.warnings.map(({ message }) => message)).toContain(
			'A choice was left out, because nothing more may be sent.',
		);
	});

	test('a Stop during the repair of a choice ends the call, although others are good', async () => {
		inTurn(ok({ text: (_, choice) => (choice === 0 ? GOOD : 'no JSON') }), hangBeforeHeaders());
		const reason = new Error('Stopped');
		const { abortSignal, aborted } = abortingOnce(2, reason);
		await expect(askForJson({ abortSignal }, 2)).rejects.toBe(reason);
		await aborted;
	});

	test('a time-out during the repairs of several choices counts the reply once', async () => {
		inTurn(ok({ text: 'no JSON', usage: USAGE }), hangBeforeHeaders());
		const failure = await failureOf(askForJson({ totalTimeoutMs: 300 }, 3));
		expect(failure).toMatchObject({ kind: 'timeout', details: { code: TOTAL_TIMEOUT, ...PAID } });
	});
});

describe('the requests made before the end', () => {
	const OVERLOADED = fail({ status: 503 });

	test('retries of a model are in the log when the next may not be sent', async () => {
		inTurn(OVERLOADED);
		const { end, beforeSend } = allowing(2);
		await expect(connect(server).completeChat(request(), options({ beforeSend }))).rejects.toBe(end);
		expect(logOf(end).attempts).toMatchObject([
			{ status: 503, waitedMs: expect.any(Number) },
			{ status: 503, waitedMs: expect.any(Number) },
		]);
	});

	test('requests of a model are in the log when its fallback may not be asked', async () => {
		inTurn(OVERLOADED);
		const { end, beforeSend } = allowing(1);
		const given = options({ beforeSend, maxRetries: 0, fallbackModels: ['b'] });
		await expect(connect(server).completeChat(request(), given)).rejects.toBe(end);
		expect(logOf(end).attempts).toEqual([{ model: 'gpt-4o', status: 503 }]);
	});

	test('a rejected parameter is in the log when the request without it may not be sent', async () => {
		inTurn(fail({ status: 400, code: 'unsupported_parameter', param: 'user' }));
		const { end, beforeSend } = allowing(1);
		const given = { ...request(), user: 'me' };
		await expect(connect(server).completeChat(given, options({ beforeSend }))).rejects.toBe(end);
		expect(logOf(end).attempts).toEqual([{ status: 400, code: 'unsupported_parameter', waitedMs: 0 }]);
	});

	describe('of a server without models', () => {
		const unlisted = useFaultServer({ models: null });

		test('the look-up of a model is in the log when the list may not be asked for', async () => {
			const end = new CallError('nothing more may be sent');
			const beforeSend = () => {
				if (unlisted.otherRequests.length > 0) throw end;
			};
			const call = connect(unlisted).getModel('a/b', options({ beforeSend }));
			await expect(call).rejects.toBe(end);
			expect(logOf(end).attempts).toMatchObject([{ status: 404, waitedMs: 0 }]);
		});
	});
});
