import type { CallOptions } from '../../client/client';
import { TOTAL_TIMEOUT, CallError } from '../../client/core/errors';
import { completeWithTools } from '../../client/tools/callTools';
import { definitionOf, type CallableTool } from '../../client/tools/tools';
import { connect, failureOf, options, request } from '../support/clientCalls';
import {
	callingTools,
	fail,
	hangBeforeHeaders,
	ok,
	startFaultServer,
	type Behaviour,
	type FaultServer,
} from '../support/faultServer';
import { until } from '../support/until';

// What ends a call from outside, after some of its requests were sent, paid for or acted upon.

let server: FaultServer;
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

const USAGE = { prompt_tokens: 10, completion_tokens: 5 };
const ownPrices = [{ input: 1e6, output: 0 }];
const PAID = { usage: { promptTokens: 10, completionTokens: 5 }, costUsd: 10 };

const inTurn = (...behaviours: Behaviour[]) =>
	server.behave(({ index }) => behaviours[Math.min(index, behaviours.length - 1)]!);

/** Lets so many requests through. */
function refusingAfter(requests: number) {
	const end = new CallError('nothing more may be sent');
	const beforeSend = () => {
		if (server.stats.requests >= requests) throw end;
	};
	return { end, beforeSend };
}

/** Aborts once a request hangs. */
function abortingOnce(requests: number, reason: Error) {
	const controller = new AbortController();
	const aborted = until('the request is under way', () => server.stats.requests === requests).then(() =>
		controller.abort(reason),
	);
	return { signal: controller.signal, aborted };
}

const weather: CallableTool = {
	name: 'weather',
	description: 'Tells the weather',
	parameters: { type: 'object' },
	call: () => Promise.resolve('Sunny'),
};
const CALL = callingTools([['weather', {}]], { usage: USAGE });
const askWithTools = (more: Partial<CallOptions>) =>
	completeWithTools(
		(toSend) => connect(server).completeChat(toSend, options({ ownPrices, ...more })),
		{ ...request('Weather?'), tools: [definitionOf(weather)] },
		[weather],
		{ maxRounds: 5, signal: more.signal },
	);

const askForJson = (more: Partial<CallOptions>, n?: number) =>
	connect(server).completeChat(
		{ ...request('JSON, please'), response_format: { type: 'json_object' }, ...(n !== undefined && { n }) },
		options({ ownPrices, json: { repairAttempts: 1 }, ...more }),
	);
const GOOD = '{"good": true}';

describe('between two rounds of tools', () => {
	const toolCalls = [{ name: 'weather', result: 'Sunny', round: 1 }];

	test('what may not be sent any more tells what was paid and called', async () => {
		inTurn(CALL);
		const { end, beforeSend } = refusingAfter(1);
		await expect(askWithTools({ beforeSend })).rejects.toBe(end);
		expect(end).toMatchObject({ attempts: [], details: { ...PAID, toolCalls } });
	});

	test('so does what aborts the request, or the tools', async () => {
		inTurn(CALL, hangBeforeHeaders());
		const reason = new CallError('gone');
		const { signal, aborted } = abortingOnce(2, reason);
		await expect(askWithTools({ signal })).rejects.toBe(reason);
		await aborted;
		expect(reason.details).toMatchObject({ ...PAID, toolCalls });

		server.reset();
		const other = new CallError('gone');
		const controller = new AbortController();
		const slow: CallableTool = {
			...weather,
			call: () => {
				controller.abort(other);
				return new Promise(() => {});
			},
		};
		const { signal: ended } = controller;
		const call = completeWithTools(
			(toSend) => connect(server).completeChat(toSend, options({ ownPrices, signal: ended })),
			{ ...request('Weather?'), tools: [definitionOf(slow)] },
			[slow],
			{ maxRounds: 5, signal: ended },
		);
		await expect(call).rejects.toBe(other);
		expect(other.details).toMatchObject({ ...PAID, toolCalls: [{ name: 'weather', round: 1 }] });
	});

	test('the reason of a Stop is thrown as it is', async () => {
		inTurn(CALL, hangBeforeHeaders());
		const reason = new Error('Stopped');
		const { signal, aborted } = abortingOnce(2, reason);
		await expect(askWithTools({ signal })).rejects.toBe(reason);
		await aborted;
		expect(Object.keys(reason)).toEqual([]);
	});
});

describe('before a repair of the JSON', () => {
	test('what may not be sent any more tells of the reply of no use', async () => {
		inTurn(ok({ text: 'no JSON', usage: USAGE }));
		const { end, beforeSend } = refusingAfter(1);
		await expect(askForJson({ beforeSend })).rejects.toBe(end);
		expect(end).toMatchObject({
			attempts: [{ status: 200, code: 'INVALID_JSON', waitedMs: 0 }],
			details: PAID,
		});
	});

	test('choices that are good are kept', async () => {
		inTurn(ok({ text: (_, choice) => (choice === 1 ? 'no JSON' : GOOD), usage: USAGE }));
		const { beforeSend } = refusingAfter(1);
		const result = await askForJson({ beforeSend }, 3);
		expect(result).toMatchObject({ choices: [{ index: 0 }, { index: 2 }], ...PAID });
		expect(result.warnings.map(({ message }) => message)).toContain(
			'A choice was left out, because nothing more may be sent.',
		);
	});

	test('a Stop keeps none', async () => {
		inTurn(ok({ text: (_, choice) => (choice === 0 ? GOOD : 'no JSON') }), hangBeforeHeaders());
		const reason = new Error('Stopped');
		const { signal, aborted } = abortingOnce(2, reason);
		await expect(askForJson({ signal }, 2)).rejects.toBe(reason);
		await aborted;
	});

	test('what ends the repairs of all choices counts the reply once', async () => {
		inTurn(ok({ text: 'no JSON', usage: USAGE }), hangBeforeHeaders());
		const failure = await failureOf(askForJson({ totalTimeoutMs: 300 }, 3));
		expect(failure).toMatchObject({ kind: 'timeout', details: { code: TOTAL_TIMEOUT, ...PAID } });
	});
});

describe('the requests made before are listed:', () => {
	const OVERLOADED = fail({ status: 503 });

	test('of the same model', async () => {
		inTurn(OVERLOADED);
		const { end, beforeSend } = refusingAfter(2);
		await expect(connect(server).completeChat(request(), options({ beforeSend }))).rejects.toBe(end);
		expect(end.attempts).toMatchObject([
			{ status: 503, waitedMs: expect.any(Number) },
			{ status: 503, waitedMs: expect.any(Number) },
		]);
	});

	test('of another', async () => {
		inTurn(OVERLOADED);
		const { end, beforeSend } = refusingAfter(1);
		const given = options({ beforeSend, maxRetries: 0, fallbackModels: ['b'] });
		await expect(connect(server).completeChat(request(), given)).rejects.toBe(end);
		expect(end.attempts).toEqual([{ model: 'gpt-4o', status: 503 }]);
	});

	test('with what the server does not take', async () => {
		inTurn(fail({ status: 400, code: 'unsupported_parameter', param: 'user' }));
		const { end, beforeSend } = refusingAfter(1);
		const given = { ...request(), user: 'me' };
		await expect(connect(server).completeChat(given, options({ beforeSend }))).rejects.toBe(end);
		expect(end.attempts).toEqual([{ status: 400, code: 'unsupported_parameter', waitedMs: 0 }]);
	});

	test('of a model that is then looked for in the list', async () => {
		await server.close();
		server = await startFaultServer({ models: null });
		const end = new CallError('nothing more may be sent');
		const beforeSend = () => {
			if (server.otherRequests.length > 0) throw end;
		};
		const call = connect(server).getModel('a/b', options({ beforeSend }));
		await expect(call).rejects.toBe(end);
		expect(end.attempts).toMatchObject([{ status: 404, waitedMs: 0 }]);
	});
});
