import fc from 'fast-check';
import { ApiFailure, type FailureKind } from '../../../client/core/errors';
import { isErrorBody } from '../../../client/http/errorBody';
import { statusFailure } from '../../../client/http/statusFailure';

const error = (fields: object) => JSON.stringify({ error: fields });
const tooDear = (affordable: number) =>
	`This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford ${affordable}. To increase, visit your settings and add more credits`;
const messageOf = (body: string) => statusFailure(500, {}, body).message;

describe('the kind', () => {
	test.each<{ status: number; name: string; fields: object; kind: FailureKind }>([
		{
			status: 429,
			name: 'OpenAI, out of credit',
			fields: { code: 'insufficient_quota', type: 'insufficient_quota' },
			kind: 'quota',
		},
		{
			status: 429,
			name: 'out of credit by type only',
			fields: { type: 'insufficient_quota', code: null },
			kind: 'quota',
		},
		{
			status: 429,
			name: 'spending limit',
			fields: { code: 'billing_hard_limit_reached' },
			kind: 'quota',
		},
		{ status: 403, name: 'billing off', fields: { code: 'billing_not_active' }, kind: 'quota' },
		{
			status: 402,
			name: 'OpenRouter, out of credit',
			fields: { message: 'Insufficient credits', code: 402 },
			kind: 'quota',
		},
		{
			status: 402,
			name: 'OpenRouter, too many tokens',
			fields: { message: tooDear(1234), code: 402 },
			kind: 'bad_request',
		},
		{
			status: 402,
			name: 'OpenRouter, no tokens at all',
			fields: { message: tooDear(0), code: 402 },
			kind: 'quota',
		},
		{
			status: 200,
			name: 'OpenRouter, too many tokens',
			fields: { message: tooDear(1234), code: 402 },
			kind: 'bad_request',
		},
		{
			status: 402,
			name: 'OpenRouter, too long a prompt',
			fields: {
				message: 'Prompt tokens limit exceeded: 64128 > 6964. To increase, visit your settings',
				code: 402,
			},
			kind: 'bad_request',
		},
		{
			status: 429,
			name: 'OpenAI, too fast',
			fields: { code: 'rate_limit_exceeded', type: 'tokens' },
			kind: 'rate_limit',
		},
		{
			status: 429,
			name: 'Azure, too fast',
			fields: { code: '429', message: 'Please retry after 26 seconds.' },
			kind: 'rate_limit',
		},
		{ status: 400, name: 'too long', fields: { code: 'context_length_exceeded' }, kind: 'context_length' },
		{
			status: 400,
			name: 'vLLM, too long',
			fields: { message: "This model's maximum context length is 8192 tokens.", code: 400 },
			kind: 'context_length',
		},
		{
			status: 404,
			name: 'OpenAI, unknown model',
			fields: { code: 'model_not_found' },
			kind: 'unknown_model',
		},
		{
			status: 403,
			name: 'OpenAI, model not for you',
			fields: { code: 'model_not_found' },
			kind: 'unknown_model',
		},
		{
			status: 404,
			name: 'Azure, unknown deployment',
			fields: { code: 'DeploymentNotFound' },
			kind: 'unknown_model',
		},
		{
			status: 404,
			name: 'Ollama, unknown model',
			fields: { message: 'model "llama9" not found, try pulling it' },
			kind: 'unknown_model',
		},
		{
			status: 404,
			name: 'Azure, wrong address',
			fields: { code: '404', message: 'Resource not found' },
			kind: 'not_found',
		},
		{ status: 401, name: 'OpenAI, wrong key', fields: { code: 'invalid_api_key' }, kind: 'refused_key' },
		{
			status: 400,
			name: 'wrong key with a wrong status',
			fields: { code: 'invalid_api_key' },
			kind: 'refused_key',
		},
		{
			status: 403,
			name: 'region',
			fields: { code: 'unsupported_country_region_territory' },
			kind: 'forbidden',
		},
		{
			status: 400,
			name: 'unknown parameter',
			fields: { code: 'unsupported_parameter', param: 'temperature' },
			kind: 'bad_request',
		},
		{
			status: 400,
			name: 'Google, wrong key',
			fields: { code: 400, message: 'API key not valid. Please pass one.' },
			kind: 'refused_key',
		},
		{
			status: 400,
			name: 'xAI, wrong key',
			fields: { message: 'Incorrect API key provided: xa***3.' },
			kind: 'refused_key',
		},
		{
			status: 400,
			name: 'Alibaba Cloud, unpaid',
			fields: { code: 'Arrearage', message: 'Access denied.' },
			kind: 'quota',
		},
		{
			status: 400,
			name: 'Anthropic, out of credit',
			fields: { message: 'Your credit balance is too low.' },
			kind: 'quota',
		},
		{
			status: 400,
			name: 'DeepSeek, unknown model',
			fields: { message: 'Model Not Exist' },
			kind: 'unknown_model',
		},
		{
			status: 400,
			name: 'OpenRouter, unknown model',
			fields: { message: 'x/y is not a valid model ID' },
			kind: 'unknown_model',
		},
		{
			status: 403,
			name: 'OpenRouter, flagged',
			fields: { code: 403, message: 'Your input was flagged' },
			kind: 'declined',
		},
		{ status: 500, name: 'busy', fields: { type: 'overloaded_error' }, kind: 'overloaded' },
		{
			status: 200,
			name: 'OpenRouter, too fast',
			fields: { code: 429, message: 'Rate limited' },
			kind: 'rate_limit',
		},
		{
			status: 200,
			name: 'OpenRouter, upstream down',
			fields: { code: 502, message: 'Provider error' },
			kind: 'server',
		},
		{
			status: 200,
			name: 'OpenRouter, wrong key',
			fields: { code: 401, message: 'No auth' },
			kind: 'refused_key',
		},
		{
			status: 200,
			name: 'OpenRouter, bad request',
			fields: { code: 400, message: 'No' },
			kind: 'bad_request',
		},
		{
			status: 200,
			name: 'a refused request',
			fields: { type: 'invalid_request_error', message: 'No' },
			kind: 'bad_request',
		},
		{ status: 200, name: 'no cause', fields: { message: 'Something failed' }, kind: 'bad_reply' },
		{ status: 200, name: 'nothing at all', fields: {}, kind: 'bad_reply' },
	])('a $status ($name) is a failure of kind $kind', ({ status, fields, kind }) => {
		expect(statusFailure(status, {}, error(fields)).kind).toBe(kind);
	});

	test('a numeric code says nothing about an answer that has a status of its own', () => {
		expect(statusFailure(400, {}, error({ message: 'No', code: 500 })).kind).toBe('bad_request');
	});

	test.each([{ param: { reason: 1 } }, { type: ['x'] }, { message: { text: 'x' } }, { param: false }])(
		'a 429 out of credit is insufficient_quota with %j besides',
		(oddity) => {
			const body = error({ message: 'No credit', code: 'insufficient_quota', ...oddity });
			expect(statusFailure(429, {}, body).kind).toBe('quota');
		},
	);

	// OpenAI's words for a path that does not exist name the path.
	test('a 404 for the address of the model list is not_found', () => {
		const body = error({ message: 'Invalid URL (GET /v1/models)', type: 'invalid_request_error' });
		expect(statusFailure(404, {}, body).kind).toBe('not_found');
	});
});

describe('the details', () => {
	test('a failure has all details that the server names', () => {
		const headers = { 'x-request-id': 'req_1', 'retry-after': '2' };
		const fields = { message: 'Bad temperature', type: 't', code: 'c', param: 'temperature' };
		const failure = statusFailure(400, headers, error(fields));
		expect(failure).toBeInstanceOf(ApiFailure);
		expect(failure.message).toBe('Bad temperature');
		expect(failure.details).toEqual({
			status: 400,
			headers,
			requestId: 'req_1',
			type: 't',
			code: 'c',
			param: 'temperature',
		});
	});

	test('a failure has no details that the server does not name', () => {
		const nulls = { message: null, type: null, code: null, param: null };
		expect(statusFailure(500, {}, error(nulls)).details).toStrictEqual({ status: 500, headers: {} });
		expect(statusFailure(500, {}, '').details).toStrictEqual({ status: 500, headers: {} });
	});

	test('a numeric code becomes a text in the details', () => {
		expect(statusFailure(400, {}, error({ message: 'x', code: 40301 })).details.code).toBe('40301');
	});

	test("the request id is read from Azure's own header too", () => {
		expect(statusFailure(500, { 'apim-request-id': 'abc' }, '').details.requestId).toBe('abc');
		const both = { 'apim-request-id': 'abc', 'x-request-id': 'req_1' };
		expect(statusFailure(500, both, '').details.requestId).toBe('req_1');
	});
});

describe('the message', () => {
	test.each<[string, string, string]>([
		['OpenAI', '{"error":{"message":"No such thing"}}', 'No such thing'],
		['Ollama', '{"error":"model not found"}', 'model not found'],
		['FastAPI', '{"detail":"Not Found"}', 'Not Found'],
		['Mistral', '{"object":"error","message":"Unauthorized"}', 'Unauthorized'],
		['OAuth', '{"error":null,"error_description":"expired"}', 'expired'],
		['problem+json', '{"type":"about:blank","title":"Not allowed"}', 'Not allowed'],
		['details', '{"details":"Too long"}', 'Too long'],
		['message wins over title', '{"title":"Bad","message":"Worse"}', 'Worse'],
		['a list of problems', '{"detail":[{"loc":["body"]}]}', '{"detail":[{"loc":["body"]}]}'],
		['an error without words', '{"error":{"code":7}}', '{"error":{"code":7}}'],
		['a text', '"no"', '"no"'],
		['null', 'null', 'null'],
		['a proxy', '<html><head><title>502 Bad\n Gateway</title></head><h1>x</h1></html>', '502 Bad Gateway'],
		['HTML without a title', '<h1>Busy</h1>', '<h1>Busy</h1>'],
		['plain text', '  upstream\r\n\tconnect error  ', 'upstream connect error'],
		['nothing', '', ''],
	])('the message is found in the error: %s', (_, body, message) => {
		expect(messageOf(body)).toBe(message);
	});

	test('a message is cut after 500 characters', () => {
		const long = 'x'.repeat(501);
		const cut = `${'x'.repeat(500)}…`;
		expect(messageOf(error({ message: long }))).toBe(cut);
		expect(messageOf(JSON.stringify({ error: long }))).toBe(cut);
		expect(messageOf(JSON.stringify({ detail: long }))).toBe(cut);
		expect(messageOf(JSON.stringify([long])).length).toBe(501);
		expect(messageOf(long)).toBe(cut);
		expect(messageOf(error({ message: 'x'.repeat(500) }))).toBe('x'.repeat(500));
	});
});

test.each<[unknown, boolean]>([
	[{ error: { message: 'x' } }, true],
	[{ error: { code: 502 } }, true],
	[{ error: 'x' }, true],
	[{ error: null }, false],
	[{ choices: [] }, false],
	[{ choices: [], error: null }, false],
	[[], false],
	[null, false],
	['error', false],
])('isErrorBody of %j is %p', (json, verdict) => {
	expect(isErrorBody(json)).toBe(verdict);
});

test('any status with any body is a failure', () => {
	const body = fc.oneof(
		fc.string(),
		fc.json(),
		fc.jsonValue().map((value) => JSON.stringify({ error: value })),
		fc
			.record({ message: fc.jsonValue(), code: fc.jsonValue(), type: fc.jsonValue(), param: fc.jsonValue() })
			.map(error),
	);
	fc.assert(
		fc.property(fc.integer({ min: 200, max: 599 }), body, (status, text) => {
			const failure = statusFailure(status, {}, text);
			expect(failure.details.status).toBe(status);
			expect(typeof failure.message).toBe('string');
			expect(failure.message.length).toBeLessThanOrEqual(501);
		}),
	);
});

// A walk through it by recursion would run out of stack.
test('JSON of any depth gives a failure with a short message', () => {
	const depth = 100_000;
	expect(messageOf('['.repeat(depth) + ']'.repeat(depth)).length).toBeLessThanOrEqual(501);
});

test.each([
	['an empty error beside choices', { choices: [{}], error: {} }, false],
	['an error text beside choices', { choices: [{}], error: 'deprecated' }, false],
	['an empty error', { error: '' }, false],
	['an error', { error: { message: 'No' } }, true],
	['an error text', { error: 'No' }, true],
	['no error', {}, false],
	['a list', [], false],
])('isErrorBody tells whether a 200 with %s is an error', (_name, body, isError) => {
	expect(isErrorBody(body)).toBe(isError);
});
