import type { CallOptions } from '../../../client/call';
import type { FailureKind } from '../../../client/core/errors';
import { connect, failureOf, options, request } from '../../support/clientCalls';
import * as faults from '../../support/faultServer';
import type { Behaviour } from '../../support/faultServer';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const { fail, ok, rateLimited } = faults;

const server = useFaultServer();

const OVERLOADED = fail({ status: 503 });
const JSON_REQUEST = { ...request(), response_format: { type: 'json_object' } };
const UNKNOWN = fail({ status: 404, code: 'model_not_found' });

/** The models named do as they are told, all others answer. */
function behaveByModel(behaviours: Record<string, Behaviour>): void {
	server.behave(({ body }) => {
		const { model } = body as { model: string };
		return behaviours[model] ?? ok({ text: `I am ${model}` });
	});
}
const modelsAsked = () => server.requests.map(({ body }) => (body as { model: string }).model);

const ask = (fallbackModels: string[] | undefined, more: Partial<CallOptions> = {}) =>
	connect(server).completeChat(request(), options({ fallbackModels, maxRetries: 1, ...more }));

test('a reply that has to be repaired is asked for again from the model that wrote it', async () => {
	const replies = ['no JSON', 'still none', '{"a": 1}'];
	server.behave(({ body }) => (body.model === 'b' ? ok({ text: replies.shift() }) : OVERLOADED));
	const result = await connect(server).completeChat(
		JSON_REQUEST,
		options({ fallbackModels: ['b', 'c'], maxRetries: 1, json: { repairAttempts: 2 } }),
	);
	expect(modelsAsked()).toEqual(['gpt-4o', 'gpt-4o', 'b', 'b', 'b']);
	expect(result).toMatchObject({ choices: [{ json: { a: 1 } }], fallbackModel: 'b' });
	expect(result.failedAttempts).toHaveLength(4);
	expect(result.warnings.filter(({ feature }) => feature === 'fallbackModels')).toHaveLength(1);
});

test('a model that stands first and among the fallbacks hands its repair on to the next', async () => {
	let requests = 0;
	server.behave(({ body }) => {
		if (++requests < 3) return OVERLOADED;
		if (requests === 3) return ok({ text: 'no JSON' });
		return body.model === 'b' ? ok({ text: '{"a": 1}' }) : UNKNOWN;
	});
	const given = { fallbackModels: ['b', 'gpt-4o'], maxRetries: 0, json: { repairAttempts: 1 } };
	const result = await connect(server).completeChat(JSON_REQUEST, options(given));
	expect(modelsAsked()).toEqual(['gpt-4o', 'b', 'gpt-4o', 'gpt-4o', 'b']);
	expect(result.choices[0].json).toEqual({ a: 1 });
});

test('the waits of a reply and of its repair count together', async () => {
	server.behave(({ index }) => {
		if (index === 1) return ok({ text: 'no JSON' });
		return rateLimited({ retryAfter: { ms: 150 } });
	});
	const within = options({ maxRetries: 1, maxWaitMs: 200, json: { repairAttempts: 1 } });
	const failure = await failureOf(connect(server).completeChat(JSON_REQUEST, within));
	expect(failure).toMatchObject({ kind: 'rate_limit', details: { maxWaitReached: true } });
	expect(server.requests).toHaveLength(3);
});

test('a repair that the answering model cannot give is asked of those after it', async () => {
	let replies = 0;
	server.behave(({ body }) => {
		if (body.model === 'c') return ok({ text: '{"a": 1}' });
		return body.model === 'b' && replies++ === 0 ? ok({ text: 'no JSON' }) : UNKNOWN;
	});
	const result = await connect(server).completeChat(
		JSON_REQUEST,
		options({ fallbackModels: ['b', 'c'], json: { repairAttempts: 1 } }),
	);
	expect(modelsAsked()).toEqual(['gpt-4o', 'b', 'b', 'c']);
	expect(result).toMatchObject({ choices: [{ json: { a: 1 } }], fallbackModel: 'c' });
	expect(result.failedAttempts.map(({ model, status }) => [model, status])).toEqual([
		['gpt-4o', 404],
		[undefined, 200],
		['b', 404],
	]);
});

describe('a fallback', () => {
	test.each<{ name: string; behaviour: Behaviour; requests: number; reason: string }>([
		{ name: 'is unknown', behaviour: UNKNOWN, requests: 1, reason: 'is unknown to the server' },
		{
			name: 'is overloaded after all retries',
			behaviour: OVERLOADED,
			requests: 2,
			reason: 'was overloaded',
		},
		{
			name: 'has reached its rate limit after all retries',
			behaviour: rateLimited(),
			requests: 2,
			reason: 'had reached its rate limit',
		},
		{
			name: 'must be waited for longer than allowed',
			behaviour: rateLimited({ retryAfter: { seconds: 600 } }),
			requests: 1,
			reason: 'had reached its rate limit',
		},
		{
			name: 'cannot read messages this long',
			behaviour: fail({ status: 400, code: 'context_length_exceeded' }),
			requests: 1,
			reason: 'cannot read messages this long',
		},
	])('the next model is asked when the first $name', async ({ behaviour, requests, reason }) => {
		behaveByModel({ 'gpt-4o': behaviour });
		const result = await ask(['other', 'last']);
		expect(modelsAsked()).toEqual([...new Array<string>(requests).fill('gpt-4o'), 'other']);
		expect(result.choices[0].text).toBe('I am other');
		expect(result.warnings).toEqual([
			{ feature: 'fallbackModels', message: `gpt-4o ${reason}, so other was asked.` },
		]);
		expect(result.failedAttempts.map(({ model }) => model)).toEqual(new Array(requests).fill('gpt-4o'));
		expect(result.failedAttempts.at(-1)).not.toHaveProperty('waitedMs');
	});

	test('the fallback models are asked one after the other', async () => {
		behaveByModel({ 'gpt-4o': UNKNOWN, b: OVERLOADED, c: rateLimited({ retryAfter: { ms: 7 } }) });
		const result = await ask(['b', 'c', 'd', 'e']);
		expect(result.choices[0].text).toBe('I am d');
		expect(modelsAsked()).toEqual(['gpt-4o', 'b', 'b', 'c', 'c', 'd']);
		expect(result.failedAttempts).toEqual([
			{ model: 'gpt-4o', status: 404, code: 'model_not_found' },
			{ model: 'b', status: 503, waitedMs: 250 },
			{ model: 'b', status: 503 },
			{ model: 'c', status: 429, code: 'rate_limit_exceeded', waitedMs: 7 },
			{ model: 'c', status: 429, code: 'rate_limit_exceeded' },
		]);
		expect(result.warnings.map(({ message }) => message)).toEqual([
			'gpt-4o is unknown to the server, so b was asked.',
			'b was overloaded, so c was asked.',
			'c had reached its rate limit, so d was asked.',
		]);
	});

	test('the failed attempts of the model that answers are listed too', async () => {
		server.behave(({ index }) => [UNKNOWN, fail({ status: 500 })][index] ?? ok());
		const result = await ask(['b']);
		expect(result.failedAttempts).toMatchObject([
			{ model: 'gpt-4o', status: 404 },
			{ model: 'b', status: 500, waitedMs: 250 },
		]);
	});

	test('each fallback model is asked in the way it wants', async () => {
		behaveByModel({ 'gpt-4o': UNKNOWN });
		const capped = { ...request(), max_tokens: 5 };
		const result = await connect(server).completeChat(capped, options({ fallbackModels: ['o3'] }));
		expect(server.requests[0]!.body).toMatchObject({ max_tokens: 5 });
		expect(server.requests[1]!.body).toMatchObject({ model: 'o3', max_completion_tokens: 5 });
		expect(result.warnings.length).toBeGreaterThan(1);
	});
});

describe('no fallback', () => {
	test('no other model is asked when the first answers', async () => {
		const result = await ask(['b']);
		expect(modelsAsked()).toEqual(['gpt-4o']);
		expect(result).toMatchObject({ failedAttempts: [], warnings: [] });
	});

	test.each<{ name: string; behaviour: Behaviour; kind: FailureKind; requests: number }>([
		{ name: 'the key is refused', behaviour: faults.wrongKey(), kind: 'refused_key', requests: 1 },
		{ name: 'the quota is used up', behaviour: faults.quotaExhausted(), kind: 'quota', requests: 1 },
		{ name: 'the request is bad', behaviour: fail({ status: 400 }), kind: 'bad_request', requests: 1 },
		{
			name: 'the address is wrong',
			behaviour: fail({ status: 404, message: 'Invalid URL' }),
			kind: 'not_found',
			requests: 1,
		},
		{ name: 'the server fails', behaviour: fail({ status: 500 }), kind: 'server', requests: 2 },
		{
			name: 'the connection breaks',
			behaviour: faults.resetBeforeHeaders(),
			kind: 'connection',
			requests: 2,
		},
	])('no other model is asked when $name', async ({ behaviour, kind, requests }) => {
		behaveByModel({ 'gpt-4o': behaviour });
		const failure = await failureOf(ask(['b']));
		expect(failure.kind).toBe(kind);
		expect(modelsAsked()).toEqual(new Array(requests).fill('gpt-4o'));
		expect(failure.attempts).toHaveLength(requests);
		for (const attempt of failure.attempts) expect(attempt.model).toBe('gpt-4o');
	});

	test.each([[undefined], [[]]])(
		'a call with the fallback models %p fails with the failure of its model',
		async (none) => {
			behaveByModel({ 'gpt-4o': OVERLOADED });
			const failure = await failureOf(ask(none));
			expect(failure).toMatchObject({ kind: 'overloaded' });
			expect(failure.attempts).toEqual([{ status: 503, waitedMs: 250 }, { status: 503 }]);
		},
	);
});

test('when all models fail, the failure is that of the last, with the attempts of all', async () => {
	behaveByModel({ 'gpt-4o': UNKNOWN, b: OVERLOADED, c: fail({ status: 400, message: 'No' }) });
	const failure = await failureOf(ask(['b', 'c']));
	expect(failure).toMatchObject({ kind: 'bad_request', message: 'No', details: { status: 400 } });
	expect(failure.attempts).toEqual([
		{ model: 'gpt-4o', status: 404, code: 'model_not_found' },
		{ model: 'b', status: 503, waitedMs: 250 },
		{ model: 'b', status: 503 },
		{ model: 'c', status: 400 },
	]);
	const again = await failureOf(ask(['b']));
	expect(again.kind).toBe('overloaded');
	expect(again.attempts.at(-1)).toEqual({ model: 'b', status: 503 });
});

test('no further model is asked after an abort', async () => {
	behaveByModel({ 'gpt-4o': UNKNOWN, b: faults.hangBeforeHeaders() });
	const cancel = new AbortController();
	const reason = new Error('The user pressed stop');
	const rejected = expect(ask(['b', 'c'], { abortSignal: cancel.signal })).rejects.toBe(reason);
	await until('the second model is asked', () => server.stats.requests === 2 && server.stats.inFlight === 1);
	cancel.abort(reason);
	await rejected;
	expect(modelsAsked()).toEqual(['gpt-4o', 'b']);
});
