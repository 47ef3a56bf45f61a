import fc from 'fast-check';
import { ApiFailure, type FailureKind } from '../../../client/core/errors';
import { isErrorBody, statusFailure } from '../../../client/http/statusFailure';

const error = (fields: object) => JSON.stringify({ error: fields });
const tooDear = (affordable: number) =>
	`This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford ${affordable}. To increase, visit your settings and add more credits`;
const messageOf = (body: string) => statusFailure(500, {}, body).message;

describe('the kind', () => {
	test.each<[number, string, object, FailureKind]>([
		[
			429,
			'OpenAI, out of credit',
			{ code: 'insufficient_quota', type: 'insufficient_quota' },
			'insufficient_quota',
		],
		[429, 'out of credit by type only', { type: 'insufficient_quota', code: null }, 'insufficient_quota'],
		[429, 'spending limit', { code: 'billing_hard_limit_reached' }, 'insufficient_quota'],
		[403, 'billing off', { code: 'billing_not_active' }, 'insufficient_quota'],
		[402, 'OpenRouter, out of credit', { message: 'Insufficient credits', code: 402 }, 'insufficient_quota'],
		[402, 'OpenRouter, too many tokens', { message: tooDear(1234), code: 402 }, 'bad_request'],
		[402, 'OpenRouter, no tokens at all', { message: tooDear(0), code: 402 }, 'insufficient_quota'],
		[200, 'OpenRouter, too many tokens', { message: tooDear(1234), code: 402 }, 'bad_request'],
		[
			402,
			'OpenRouter, too long a prompt',
			{ message: 'Prompt tokens limit exceeded: 64128 > 6964. To increase, visit your settings', code: 402 },
			'bad_request',
		],
		[429, 'OpenAI, too fast', { code: 'rate_limit_exceeded', type: 'tokens' }, 'rate_limit'],
		[429, 'Azure, too fast', { code: '429', message: 'Please retry after 26 seconds.' }, 'rate_limit'],
		[400, 'too long', { code: 'context_length_exceeded' }, 'context_length'],
		[
			400,
			'vLLM, too long',
			{ message: "This model's maximum context length is 8192 tokens.", code: 400 },
			'context_length',
		],
		[404, 'OpenAI, unknown model', { code: 'model_not_found' }, 'unknown_model'],
		[403, 'OpenAI, model not for you', { code: 'model_not_found' }, 'unknown_model'],
		[404, 'Azure, unknown deployment', { code: 'DeploymentNotFound' }, 'unknown_model'],
		[404, 'Ollama, unknown model', { message: 'model "llama9" not found, try pulling it' }, 'unknown_model'],
		[404, 'Azure, wrong address', { code: '404', message: 'Resource not found' }, 'not_found'],
		[401, 'OpenAI, wrong key', { code: 'invalid_api_key' }, 'authentication'],
		[400, 'wrong key with a wrong status', { code: 'invalid_api_key' }, 'authentication'],
		[403, 'region', { code: 'unsupported_country_region_territory' }, 'permission_denied'],
		[400, 'unknown parameter', { code: 'unsupported_parameter', param: 'temperature' }, 'bad_request'],
		[
			400,
			'Google, wrong key',
			{ code: 400, message: 'API key not valid. Please pass one.' },
			'authentication',
		],
		[400, 'xAI, wrong key', { message: 'Incorrect API key provided: xa***3.' }, 'authentication'],
		[400, 'Alibaba Cloud, unpaid', { code: 'Arrearage', message: 'Access denied.' }, 'insufficient_quota'],
		[400, 'Anthropic, out of credit', { message: 'Your credit balance is too low.' }, 'insufficient_quota'],
		[400, 'DeepSeek, unknown model', { message: 'Model Not Exist' }, 'unknown_model'],
		[400, 'OpenRouter, unknown model', { message: 'x/y is not a valid model ID' }, 'unknown_model'],
		[403, 'OpenRouter, flagged', { code: 403, message: 'Your input was flagged' }, 'bad_request'],
		[500, 'busy', { type: 'overloaded_error' }, 'overloaded'],
		[200, 'OpenRouter, too fast', { code: 429, message: 'Rate limited' }, 'rate_limit'],
		[200, 'OpenRouter, upstream down', { code: 502, message: 'Provider error' }, 'server'],
		[200, 'OpenRouter, wrong key', { code: 401, message: 'No auth' }, 'authentication'],
		[200, 'OpenRouter, bad request', { code: 400, message: 'No' }, 'bad_request'],
		[200, 'a refused request', { type: 'invalid_request_error', message: 'No' }, 'bad_request'],
		[200, 'no cause', { message: 'Something failed' }, 'bad_reply'],
		[200, 'nothing at all', {}, 'bad_reply'],
	])('of %i, %s', (status, _, fields, kind) => {
		expect(statusFailure(status, {}, error(fields)).kind).toBe(kind);
	});

	test('a numeric code says nothing about an answer that has a status of its own', () => {
		expect(statusFailure(400, {}, error({ message: 'No', code: 500 })).kind).toBe('bad_request');
	});

	test.each([{ param: { reason: 1 } }, { type: ['x'] }, { message: { text: 'x' } }, { param: false }])(
		'of 429, out of credit, with %j besides',
		(oddity) => {
			const body = error({ message: 'No credit', code: 'insufficient_quota', ...oddity });
			expect(statusFailure(429, {}, body).kind).toBe('insufficient_quota');
		},
	);

	// OpenAI's words for a path that does not exist name the path.
	test('of 404 for the address of the model list', () => {
		const body = error({ message: 'Invalid URL (GET /v1/models)', type: 'invalid_request_error' });
		expect(statusFailure(404, {}, body).kind).toBe('not_found');
	});
});

describe('the details', () => {
	test('all that the server names', () => {
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

	test('nothing that it does not name', () => {
		const nulls = { message: null, type: null, code: null, param: null };
		expect(statusFailure(500, {}, error(nulls)).details).toStrictEqual({ status: 500, headers: {} });
		expect(statusFailure(500, {}, '').details).toStrictEqual({ status: 500, headers: {} });
	});

	test('a numeric code becomes a text', () => {
		expect(statusFailure(400, {}, error({ message: 'x', code: 40301 })).details.code).toBe('40301');
	});

	test('Azure has its own header for the request', () => {
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
	])('of %s', (_, body, message) => {
		expect(messageOf(body)).toBe(message);
	});

	test('is cut where it becomes long', () => {
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
])('whether %j is an error: %p', (json, verdict) => {
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

// Whoever walks through it by recursion runs out of stack.
test('JSON of any depth is a failure', () => {
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
])('of a 200 with %s', (_name, body, isError) => {
	expect(isErrorBody(body)).toBe(isError);
});
