import fc from 'fast-check';
import type { ChatRequest } from '../../../client/core/requests';
import { connect, failureOf, options } from '../../support/clientCalls';
import { fail, json, ok, OPENAI_MODELS, refusingLikeOpenAi, type Failure } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const messages = [{ role: 'user', content: 'Hi' }];
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
// The client knows nothing about a model of this name, but the server calls one of OpenAI's so.
const ALIAS = 'my-deployment';

const server = useFaultServer();

const asked = (parameters: object = {}): ChatRequest => ({ model: ALIAS, messages, ...parameters });
const ask = async (parameters: object) => await connect(server).completeChat(asked(parameters), options());
/** The body that arrived last, without its model and, if they are the usual ones, its messages. */
function arrived() {
	const body: Partial<ChatRequest> = { ...(server.lastRequest().body as ChatRequest) };
	delete body.model;
	if (JSON.stringify(body.messages) === JSON.stringify(messages)) delete body.messages;
	return body;
}
const serverIs = (model: string) => server.behave(refusingLikeOpenAi({ aliases: { [ALIAS]: model } }));
const does = (feature: string, message: string) => ({ feature, message });
const leftOut = (feature: string) =>
	does(feature, `Left out, because the server does not take it for ${ALIAS}.`);

describe('a model of OpenAI under another name', () => {
	interface Adapted {
		model: string;
		given: object;
		got: object;
		requests: number;
		warnings: object[];
	}
	test.each<Adapted>([
		{
			model: 'o3',
			given: { max_tokens: 9 },
			got: { max_completion_tokens: 9 },
			requests: 2,
			warnings: [
				does(
					'max_tokens',
					`Sent as max_completion_tokens, because the server does not take max_tokens for ${ALIAS}.`,
				),
			],
		},
		{
			model: 'gpt-5',
			given: { temperature: 0.2, seed: 7 },
			got: { seed: 7 },
			requests: 2,
			warnings: [leftOut('temperature')],
		},
		{ model: 'gpt-5', given: { top_p: 0.5 }, got: {}, requests: 2, warnings: [leftOut('top_p')] },
		{
			model: 'gpt-5',
			given: { logprobs: true, top_logprobs: 3 },
			got: {},
			requests: 2,
			warnings: [leftOut('logprobs')],
		},
		{
			model: 'gpt-5',
			given: { frequency_penalty: 1 },
			got: {},
			requests: 2,
			warnings: [leftOut('frequency_penalty')],
		},
		{
			model: 'gpt-5',
			given: { presence_penalty: 1 },
			got: {},
			requests: 2,
			warnings: [leftOut('presence_penalty')],
		},
		{
			model: 'gpt-5',
			given: { logit_bias: { 1: 1 } },
			got: {},
			requests: 2,
			warnings: [leftOut('logit_bias')],
		},
		{
			model: 'gpt-4o-search-preview',
			given: { temperature: 0.2, top_p: 0.5 },
			got: {},
			requests: 3,
			warnings: [leftOut('temperature'), leftOut('top_p')],
		},
		{
			model: 'gpt-4o',
			given: { reasoning_effort: 'high' },
			got: {},
			requests: 2,
			warnings: [leftOut('reasoning_effort')],
		},
		{ model: 'gpt-4o', given: { verbosity: 'low' }, got: {}, requests: 2, warnings: [leftOut('verbosity')] },
		{
			model: 'gpt-5.1-chat-latest',
			given: { reasoning_effort: 'minimal' },
			got: { reasoning_effort: 'medium' },
			requests: 2,
			warnings: [does('reasoning_effort', `Sent as medium, because ${ALIAS} has no minimal.`)],
		},
		{
			model: 'gpt-5.1',
			given: { reasoning_effort: 'max' },
			got: { reasoning_effort: 'high' },
			requests: 2,
			warnings: [does('reasoning_effort', `Sent as high, because ${ALIAS} has no max.`)],
		},
		{
			model: 'gpt-5.6-sol',
			given: { tools, temperature: 0.2, reasoning_effort: 'none' },
			got: { tools, temperature: 0.2, reasoning_effort: 'none' },
			requests: 1,
			warnings: [],
		},
		{
			model: 'gpt-5.6-sol',
			given: { tools },
			got: { tools, reasoning_effort: 'none' },
			requests: 2,
			warnings: [does('reasoning_effort', `Set to none, because ${ALIAS} takes no tools while it reasons.`)],
		},
		{
			model: 'o1-mini',
			given: { messages: [{ role: 'system', content: 'Be brief.' }, ...messages] },
			got: { messages: [{ role: 'user', content: 'Be brief.' }, ...messages] },
			requests: 3,
			warnings: [
				does('messages', `The role system was sent as developer, because ${ALIAS} does not take it.`),
				does('messages', `The role developer was sent as user, because ${ALIAS} does not take it.`),
			],
		},
		{
			model: 'o3',
			given: { max_tokens: 9, temperature: 0.2, top_p: 0.5, presence_penalty: 1, reasoning_effort: 'xhigh' },
			got: { max_completion_tokens: 9, reasoning_effort: 'high' },
			requests: 6,
			warnings: [
				does(
					'max_tokens',
					`Sent as max_completion_tokens, because the server does not take max_tokens for ${ALIAS}.`,
				),
				does('reasoning_effort', `Sent as high, because ${ALIAS} has no xhigh.`),
				leftOut('temperature'),
				leftOut('top_p'),
				leftOut('presence_penalty'),
			],
		},
	])('$model asked $given gets $got', async ({ model, given, got, requests, warnings }) => {
		serverIs(model);
		const client = connect(server);
		const result = await client.completeChat(asked(given), options());
		expect(arrived()).toEqual(got);
		expect(server.stats.requests).toBe(requests);
		expect(result.warnings).toEqual(warnings);
		expect(result.failedAttempts).toHaveLength(requests - 1);

		// The client does not ask the model the same again.
		const second = await client.completeChat(asked(given), options());
		expect(server.stats.requests).toBe(requests + 1);
		expect(second).toMatchObject({ failedAttempts: [], warnings });
		expect(arrived()).toEqual(got);
	});

	test('all requests of a run learn from the first what a model does not take', async () => {
		serverIs('gpt-5');
		const client = connect(server);
		const given = asked({ max_tokens: 9, temperature: 0.2, top_p: 0.5 });
		await client.completeChat(given, options());
		await Promise.all(Array.from({ length: 50 }, () => client.completeChat(given, options())));
		expect(server.stats.requests).toBe(4 + 50);
	});

	test('requests under way learn from each other what a model does not take', async () => {
		serverIs('gpt-5');
		const client = connect(server);
		const given = asked({ max_tokens: 9, temperature: 0.2, top_p: 0.5 });
		const results = await Promise.all(
			Array.from({ length: 20 }, () => client.completeChat(given, options())),
		);
		for (const { warnings } of results) {
			expect(warnings.map(({ feature }) => feature).sort()).toEqual(['max_tokens', 'temperature', 'top_p']);
		}
		expect(server.stats.requests).toBeLessThanOrEqual(20 * 4);
	});

	test('what one model does not take is still sent to another model of the server', async () => {
		server.behave(refusingLikeOpenAi({ aliases: { [ALIAS]: 'gpt-5' } }));
		const client = connect(server);
		await client.completeChat(asked({ temperature: 0.2 }), options());
		await client.completeChat({ ...asked({ temperature: 0.2 }), model: 'other' }, options());
		expect(arrived()).toEqual({ temperature: 0.2 });
	});

	test('a model that takes a temperature at one effort still gets it there', async () => {
		serverIs('gpt-5.1');
		const client = connect(server);
		const at = async (effort: string) => {
			await client.completeChat(asked({ temperature: 0.2, reasoning_effort: effort }), options());
			return arrived();
		};
		expect(await at('high')).toEqual({ reasoning_effort: 'high' });
		expect(await at('none')).toEqual({ temperature: 0.2, reasoning_effort: 'none' });
		expect(await at('high')).toEqual({ reasoning_effort: 'high' });
		expect(server.stats.requests).toBe(4);
	});

	test('a model that takes only some efforts still gets those as they are', async () => {
		serverIs('o3');
		const client = connect(server);
		for (const effort of ['minimal', 'medium', 'xhigh', 'minimal']) {
			await client.completeChat(asked({ reasoning_effort: effort }), options());
		}
		const efforts = server.requests.map(({ body }) => (body as ChatRequest).reasoning_effort);
		expect(efforts).toEqual(['minimal', 'low', 'medium', 'xhigh', 'high', 'low']);
	});

	test('each model of OpenAI answers whatever it is asked, and never rejects the same twice', async () => {
		const anyOf = (...values: unknown[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
		const parameters = fc.record({
			max_tokens: anyOf(9),
			temperature: anyOf(0.2, 1),
			top_p: anyOf(0.5),
			logprobs: anyOf(true),
			top_logprobs: anyOf(2),
			frequency_penalty: anyOf(0.5),
			presence_penalty: anyOf(0.5),
			logit_bias: anyOf({ 50256: -100 }),
			reasoning_effort: anyOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
			verbosity: anyOf('low'),
			tools: anyOf(tools),
			messages: fc.constantFrom(
				messages,
				[{ role: 'system', content: 'Be brief.' }, ...messages],
				[{ role: 'developer', content: 'Be brief.' }, ...messages],
			),
		});
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...Object.keys(OPENAI_MODELS)),
				fc.array(parameters, { minLength: 1, maxLength: 3 }),
				async (model, requests) => {
					serverIs(model);
					const client = connect(server);
					for (const given of requests) {
						await client.completeChat(asked(given), options());
						const { failedAttempts } = await client.completeChat(asked(given), options());
						expect(failedAttempts).toEqual([]);
					}
				},
			),
			// On a slow machine fewer will do.
			{ numRuns: 200, interruptAfterTimeLimit: 20_000 },
		);
	});
});

// These messages were seen on real servers; the first is of Azure with an older version of the API.
const UNKNOWN: Array<[string, (name: string) => Failure]> = [
	['Azure', (name) => ({ status: 400, message: `Unrecognized request argument supplied: ${name}` })],
	[
		'OpenAI',
		(name) => ({
			status: 400,
			message: `Unknown parameter: '${name}'.`,
			param: name,
			code: 'unknown_parameter',
		}),
	],
	[
		'vLLM',
		(name) => ({
			status: 400,
			message: `[{'type': 'extra_forbidden', 'loc': ('body', '${name}'), 'msg': 'Extra inputs are not permitted', 'input': 800}]`,
		}),
	],
	[
		'Mistral',
		(name) => ({
			status: 422,
			message: `{"detail":[{"type":"extra_forbidden","loc":["body","${name}"],"msg":"Extra inputs are not permitted","input":32000}]}`,
		}),
	],
	[
		'pydantic',
		(name) => ({
			status: 400,
			message: `1 validation error for ChatCompletionRequest\n${name}\n  Extra inputs are not permitted [type=extra_forbidden, input_value=8, input_type=int]`,
		}),
	],
	[
		'Google',
		(name) => ({
			status: 400,
			message: `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
		}),
	],
	['Groq', (name) => ({ status: 400, message: `property '${name}' is unsupported` })],
	[
		'a gateway',
		(name) => ({
			status: 400,
			message: `Upstream: Unsupported parameter: '${name}' is not supported with this model. (request id: 7)`,
		}),
	],
];

describe.each(UNKNOWN)('a parameter unknown in the words of %s', (words, rejection) => {
	const reject = (...names: string[]) =>
		server.behave(({ body }) => {
			const name = names.find((one) => (body as ChatRequest)[one] !== undefined);
			return name ? fail(rejection(name)) : ok();
		});

	test(`the limit is sent under its old name in the words of ${words}`, async () => {
		reject('max_completion_tokens');
		const { warnings } = await ask({ max_completion_tokens: 9 });
		expect(arrived()).toEqual({ max_tokens: 9 });
		expect(warnings).toEqual([
			does(
				'max_completion_tokens',
				`Sent as max_tokens, because the server does not take max_completion_tokens for ${ALIAS}.`,
			),
		]);
	});

	test(`the limit of a reasoning model is sent under its old name in the words of ${words}`, async () => {
		reject('max_completion_tokens');
		await connect(server).completeChat({ ...asked({ max_tokens: 9 }), model: 'o3' }, options());
		expect(arrived()).toEqual({ max_tokens: 9 });
	});

	test(`a limit that is unknown under both names is an error in the words of ${words}`, async () => {
		reject('max_completion_tokens', 'max_tokens');
		const failure = await failureOf(ask({ max_tokens: 9 }));
		expect(failure.attempts).toHaveLength(2);
	});

	test(`what only tunes the reply is left out in the words of ${words}`, async () => {
		reject('store', 'user', 'parallel_tool_calls');
		const { warnings } = await ask({ store: true, user: 'u1', parallel_tool_calls: false, seed: 7 });
		expect(arrived()).toEqual({ seed: 7 });
		expect(warnings.map(({ feature }) => feature).sort()).toEqual(['parallel_tool_calls', 'store', 'user']);
	});

	test.each([
		['tools', tools],
		['tool_choice', 'required'],
		['n', 2],
		['stop', ['.']],
		// Flex costs half: what was saved must not be spent unasked.
		['service_tier', 'flex'],
		['temprature', 0.2],
	])(
		`an unknown %s, more than tuning or mistyped, is an error in the words of ${words}`,
		async (name, value) => {
			reject(name);
			expect((await failureOf(ask({ [name]: value, temperature: 0.2 }))).kind).toBe('bad_request');
			expect(server.stats.requests).toBe(1);
		},
	);
});

test.each([
	[
		'Mistral',
		{
			object: 'error',
			message: { detail: [{ type: 'extra_forbidden', loc: ['body', 'max_completion_tokens'], input: 9 }] },
			type: 'invalid_request_error',
			param: null,
			code: null,
		},
	],
	[
		'vLLM',
		{
			object: 'error',
			message:
				"[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted', 'input': 9}]",
			type: 'BadRequestError',
			param: null,
			code: 400,
		},
	],
	['FastAPI', { detail: [{ type: 'extra_forbidden', loc: ['body', 'max_completion_tokens'], input: 9 }] }],
])('the whole answer of %s is understood', async (_, answer) => {
	server.behave(({ body }) =>
		(body as ChatRequest).max_completion_tokens === undefined ? ok() : json(422, answer),
	);
	await connect(server).completeChat({ ...asked({ max_tokens: 9 }), model: 'o3' }, options());
	expect(arrived()).toEqual({ max_tokens: 9 });
});

test.each<Failure>([
	{
		status: 400,
		param: 'temperature',
		code: 'decimal_above_max_value',
		message: "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
	},
	{ status: 400, param: 'temperature', message: '3 is greater than the maximum of 2 - temperature' },
	{ status: 422, message: 'temperature: Input should be less than or equal to 2' },
	{
		status: 400,
		param: 'reasoning_effort',
		code: 'invalid_value',
		message: "Invalid value: 'much'. Supported values are: 'low', 'medium', and 'high'.",
	},
	{
		status: 400,
		message: "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
	},
	{
		status: 400,
		message:
			'1 validation error for ChatCompletionRequest\nmessages.0.user.name\n  Extra inputs are not permitted [type=extra_forbidden]',
	},
	{
		status: 422,
		message: `{"detail":[{"type":"extra_forbidden","loc":["body","messages",0,"user","name"],"msg":"Extra inputs are not permitted"}]}`,
	},
	{
		status: 400,
		message: 'Invalid JSON payload received. Unknown name "user" at \'tools[0]\': Cannot find field.',
	},
	{ status: 401, code: 'unsupported_parameter', param: 'temperature', message: 'No key.' },
])('a mistake of the user that names a parameter stays an error: $message', async (failure) => {
	server.behave(() => fail(failure));
	const given = { temperature: 3, reasoning_effort: 'much', user: 'u1', max_tokens: 9 };
	await failureOf(ask(given));
	expect(server.stats.requests).toBe(1);
});

test('a server that rejects what it named as supported is asked three times at most', async () => {
	server.behave(({ body }) => {
		const { reasoning_effort: effort } = body as ChatRequest;
		const other = effort === 'low' ? 'high' : 'low';
		const message = `Unsupported value: 'reasoning_effort' does not support '${String(effort)}' with this model. Supported values are: '${other}'.`;
		return fail({ status: 400, param: 'reasoning_effort', code: 'unsupported_value', message });
	});
	const { attempts } = await failureOf(ask({ reasoning_effort: 'low' }));
	expect(attempts).toHaveLength(3);
});

test('a streamed request is adapted like any other', async () => {
	serverIs('o3');
	const client = connect(server);
	const { choices } = await client.completeChat(asked({ max_tokens: 9 }), options({ stream: {} }));
	expect(choices[0].text).toBe('Reply to: Hi');
	expect(arrived()).toMatchObject({ stream: true, max_completion_tokens: 9 });
});
