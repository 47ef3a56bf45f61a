import fc from 'fast-check';
import type { ChatRequest } from '../../../client/core/requests';
import type { ApiFailure } from '../../../client/core/errors';
import { adaptRequest } from '../../../client/capabilities/adaptRequest';
import { connect, options } from '../../support/clientCalls';
import { OPENAI_MODELS, refusingLikeOpenAi } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const messages = [{ role: 'user', content: 'Hi' }];
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
const jsonSchema = {
	type: 'json_schema',
	json_schema: { name: 'reply', strict: true, schema: { type: 'object', properties: {} } },
};

const server = useFaultServer({ behave: refusingLikeOpenAi() });

/** Asks a server that refuses what OpenAI refuses, which must not happen. */
async function sent(parameters: Partial<ChatRequest> & { model: string }) {
	const result = await connect(server).completeChat({ messages, ...parameters }, options());
	expect(result.failedAttempts).toEqual([]);
	const { messages: said, ...body } = server.lastRequest().body as ChatRequest;
	return { body, roles: said.map(({ role }) => role), warnings: result.warnings };
}

const leftOut = (feature: string, model: string, condition?: string) => ({
	feature,
	message: `Left out, because ${model} ${condition ? `takes it only ${condition}` : 'does not take it'}.`,
});

const REASONING = ['o1', 'o3-mini', 'o4-mini-2025-04-16', 'gpt-5', 'gpt-5.1', 'gpt-5.6-luna', 'gpt-6-astra'];
const OTHERS = ['gpt-3.5-turbo', 'gpt-4', 'gpt-4o', 'gpt-4.1-mini', 'chatgpt-4o-latest', 'gpt-5-chat-latest'];
const UNKNOWN = [
	'',
	'llama3.2:3b',
	'mistral-large-latest',
	'deepseek-reasoner',
	'gpt-oss-120b',
	'my-o3-deployment',
	'openai/gpt-5',
	'o3x',
	'gpt-2',
];

describe('max_tokens', () => {
	test.each([...REASONING, 'ft:o4-mini-2025-04-16:acme::9aBcDeF'])(
		'max_tokens is sent to %s as max_completion_tokens',
		async (model) => {
			const { body, warnings } = await sent({ model, max_tokens: 100 });
			expect(body).toEqual({ model, max_completion_tokens: 100 });
			expect(warnings).toEqual([
				{
					feature: 'max_tokens',
					message: `Sent as max_completion_tokens, because ${model} does not take max_tokens; it counts reasoning tokens too.`,
				},
			]);
		},
	);

	test.each([...OTHERS, ...UNKNOWN, 'gpt-35-turbo', 'ft:gpt-4o-mini-2024-07-18:acme::9aBcDeF'])(
		'max_tokens is sent to "%s" as it is',
		async (model) => {
			expect(await sent({ model, max_tokens: 100 })).toMatchObject({
				body: { model, max_tokens: 100 },
				warnings: [],
			});
		},
	);

	test.each(['o3', 'gpt-4o', 'my-model'])(
		'max_tokens gives way to a max_completion_tokens that is set, for %s',
		async (model) => {
			const { body, warnings } = await sent({ model, max_tokens: 100, max_completion_tokens: 7 });
			expect(body).toEqual({ model, max_completion_tokens: 7 });
			expect(warnings).toEqual([
				{ feature: 'max_tokens', message: 'Left out, because max_completion_tokens is set.' },
			]);
		},
	);
});

describe('sampling parameters', () => {
	const sampling = { temperature: 0.2, top_p: 0.5, logprobs: true, top_logprobs: 2 };
	const names = Object.keys(sampling);

	test.each([
		'o3',
		'gpt-5',
		'gpt-5-mini',
		'gpt-5.1-chat-latest',
		'gpt-5.2-pro',
		'gpt-6-astra',
		'gpt-6.1-sol',
	])('sampling parameters are left out for %s', async (model) => {
		const { body, warnings } = await sent({ model, ...sampling });
		expect(body).toEqual({ model });
		expect(warnings).toEqual(names.map((name) => leftOut(name, model)));
	});

	test.each(['gpt-5.1', 'gpt-5.4-mini-2026-03-17', 'gpt-5.5', 'gpt-5.6-sol', 'gpt-6-luna', 'gpt-6.1-terra'])(
		'sampling parameters are sent to %s only without reasoning',
		async (model) => {
			const without = await sent({ model, ...sampling, reasoning_effort: 'none' });
			expect(without).toMatchObject({ body: { ...sampling, reasoning_effort: 'none' }, warnings: [] });
			server.reset();
			const { body, warnings } = await sent({ model, ...sampling, reasoning_effort: 'high' });
			expect(body).toEqual({ model, reasoning_effort: 'high' });
			expect(warnings).toEqual(
				names.map((name) => leftOut(name, model, 'when its reasoning effort is none')),
			);
		},
	);

	test.each([
		['gpt-5.1', true],
		['gpt-5.2', true],
		['gpt-5.5', false],
		['gpt-5.6-luna', false],
		['gpt-6-sol', false],
	])('%s without a given effort takes a temperature: %s', async (model, takes) => {
		const { body } = await sent({ model, temperature: 0.2 });
		expect(body).toEqual(takes ? { model, temperature: 0.2 } : { model });
	});

	test('sampling parameters with default values are left out without a warning', async () => {
		const defaults = { temperature: 1, top_p: 1, logprobs: false, frequency_penalty: 0 };
		expect(await sent({ model: 'o3', ...defaults })).toMatchObject({ body: { model: 'o3' }, warnings: [] });
	});

	test.each(['o3', 'gpt-5', 'gpt-5.1', 'gpt-6-luna'])(
		'penalties and logit_bias are left out for %s, reasoning or not',
		async (model) => {
			const pushing = { frequency_penalty: 0.5, presence_penalty: 0.5, logit_bias: { 50256: -100 } };
			const effort = model === 'gpt-5.1' ? { reasoning_effort: 'none' } : {};
			const { body, warnings } = await sent({ model, ...effort, ...pushing });
			expect(body).toEqual({ model, ...effort });
			expect(warnings).toEqual(Object.keys(pushing).map((name) => leftOut(name, model)));
		},
	);

	test.each(['gpt-4o-search-preview', 'gpt-4o-mini-search-preview-2025-03-11'])(
		'sampling parameters are left out for %s, which searches',
		async (model) => {
			const { body, warnings } = await sent({ model, temperature: 0.2, top_p: 0.5, max_tokens: 9 });
			expect(body).toEqual({ model, max_tokens: 9 });
			expect(warnings).toEqual([leftOut('temperature', model), leftOut('top_p', model)]);
		},
	);
});

describe('reasoning_effort', () => {
	test.each([
		['none', 'gpt-5', 'minimal'],
		['none', 'o3', 'low'],
		['none', 'gpt-6-astra', 'low'],
		['minimal', 'o4-mini-2025-04-16', 'low'],
		['minimal', 'gpt-5.1', 'low'],
		['xhigh', 'gpt-5', 'high'],
		['xhigh', 'gpt-5.1', 'high'],
		['max', 'gpt-5.2', 'xhigh'],
		['max', 'gpt-5.5', 'xhigh'],
	])('the reasoning_effort %s becomes, for %s, %s', async (effort, model, nearest) => {
		const { body, warnings } = await sent({ model, reasoning_effort: effort });
		expect(body).toEqual({ model, reasoning_effort: nearest });
		expect(warnings).toEqual([
			{ feature: 'reasoning_effort', message: `Sent as ${nearest}, because ${model} has no ${effort}.` },
		]);
	});

	test.each([...OTHERS, 'o1-mini'])('reasoning_effort is left out for %s', async (model) => {
		const { body, warnings } = await sent({ model, reasoning_effort: 'high' });
		expect(body).toEqual({ model });
		expect(warnings).toEqual([leftOut('reasoning_effort', model)]);
		server.reset();
		// No reasoning is what it does.
		expect(await sent({ model, reasoning_effort: 'none' })).toMatchObject({ body: { model }, warnings: [] });
	});

	test('a reasoning_effort of a later API is sent as it is', () => {
		const request = { model: 'gpt-6-astra', messages, reasoning_effort: 'ultra' };
		expect(adaptRequest(request)).toEqual({ request, warnings: [] });
	});
});

describe('function tools', () => {
	test.each([undefined, 'high'])(
		'function tools end the reasoning of gpt-5.6 whose effort is %s',
		async (effort) => {
			const { body, warnings } = await sent({
				model: 'gpt-5.6-sol',
				tools,
				reasoning_effort: effort,
				temperature: 0.2,
			});
			expect(body).toMatchObject({ tools, reasoning_effort: 'none', temperature: 0.2 });
			expect(warnings).toEqual([
				{
					feature: 'reasoning_effort',
					message: 'Set to none, because gpt-5.6-sol takes no tools while it reasons.',
				},
			]);
		},
	);

	test.each([
		['gpt-5.6-sol', 'none'],
		['gpt-5', 'high'],
		['gpt-6-astra', 'high'],
	])('function tools leave the effort of %s at %s', async (model, effort) => {
		expect(await sent({ model, tools, reasoning_effort: effort })).toMatchObject({
			body: { reasoning_effort: effort },
			warnings: [],
		});
	});
});

test.each(['gpt-5', 'gpt-5.2', 'gpt-6-luna'])('%s takes a verbosity', async (model) => {
	expect(await sent({ model, verbosity: 'low' })).toMatchObject({ body: { verbosity: 'low' }, warnings: [] });
});

test.each([...OTHERS, 'o3'])('%s takes no verbosity but the default', async (model) => {
	const low = await sent({ model, verbosity: 'low' });
	expect(low).toMatchObject({ body: { model }, warnings: [leftOut('verbosity', model)] });
	expect(low.body).not.toHaveProperty('verbosity');
	server.reset();
	expect(await sent({ model, verbosity: 'medium' })).toMatchObject({
		body: { verbosity: 'medium' },
		warnings: [],
	});
});

describe('roles', () => {
	const said = ['system', 'user', 'assistant', 'developer', 'user'].map((role) => ({ role, content: 'Hi' }));

	test.each(['o1-mini', 'o1-preview'])(
		"instructions to %s are sent as the user's, with one warning",
		async (model) => {
			const { roles, warnings } = await sent({ model, messages: said });
			expect(roles).toEqual(['user', 'user', 'assistant', 'user', 'user']);
			expect(warnings).toEqual([
				{
					feature: 'messages',
					message: `The role system was sent as user, because ${model} does not take it.`,
				},
			]);
		},
	);

	test.each(['o3', 'gpt-5', 'gpt-6-sol', ...OTHERS, ...UNKNOWN])(
		'the roles of messages to "%s" stay as they are',
		async (model) => {
			const { roles, warnings } = await sent({ model, messages: said });
			expect(roles).toEqual(said.map(({ role }) => role));
			expect(warnings).toEqual([]);
		},
	);
});

test('gpt-5-chat-latest gets a JSON Schema in words', async () => {
	const model = 'gpt-5-chat-latest';
	const { body, warnings } = await sent({ model, response_format: jsonSchema });
	expect(body).toEqual({ model, response_format: { type: 'json_object' } });
	const [instruction] = (server.lastRequest().body as ChatRequest).messages;
	expect(instruction).toMatchObject({
		role: 'system',
		content: expect.stringContaining('JSON Schema:\n{"type"'),
	});
	expect(warnings).toEqual([
		{
			feature: 'response_format',
			message: `${model} does not take a JSON Schema: it was asked for any JSON object, with the schema as an instruction.`,
		},
	]);
});

type Loose = Record<string, unknown>;
const anyOf = (...values: unknown[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
/** Any of the parameters that some model refuses, each set or not. */
const parameters = fc
	.record({
		max_tokens: anyOf(9),
		temperature: anyOf(0, 0.2, 1, null),
		top_p: anyOf(0.5, 1),
		logprobs: anyOf(true, false),
		top_logprobs: anyOf(0, 2),
		frequency_penalty: anyOf(0, 0.5),
		presence_penalty: anyOf(0, -0.5),
		logit_bias: anyOf({ 50256: -100 }),
		reasoning_effort: anyOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', null),
		verbosity: anyOf('low', 'medium', 'high'),
		tools: anyOf(tools),
		response_format: anyOf(jsonSchema),
		seed: anyOf(7),
		vendor_option: anyOf({ deep: [1] }),
		messages: fc.constantFrom(
			messages,
			[{ role: 'system', content: 'Be brief.' }, ...messages],
			[{ role: 'developer', content: 'Be brief.' }, ...messages],
		),
	})
	.map((record) => JSON.parse(JSON.stringify(record)) as Pick<ChatRequest, 'messages'> & Loose);

/** Efforts of these are not known in advance: the server's word counts. */
const VARIANTS = ['gpt-5.1-chat-latest', 'gpt-5.2-pro'];

describe('whatever is set', () => {
	test('no OpenAI model rejects what is sent, and no other parameter changes', async () => {
		const models = Object.keys(OPENAI_MODELS).filter((model) => !VARIANTS.includes(model));
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...models), parameters, async (model, given) => {
				server.reset();
				const before = structuredClone(given);
				const { body, warnings } = await sent({ ...given, model }).catch((error: ApiFailure) => {
					throw new Error(`${model} refused: ${error.message}`);
				});
				expect(given).toEqual(before);
				expect(body.seed).toEqual(given.seed);
				expect(body.vendor_option).toEqual(given.vendor_option);
				expect(body.tools).toEqual(given.tools);
				// One warning each.
				const features = warnings.map(({ feature }) => feature);
				expect(new Set(features).size).toBe(features.length);
			}),
			{ numRuns: 400 },
		);
	});

	test('a request to an unknown model stays as it is, not even copied', () => {
		fc.assert(
			fc.property(fc.constantFrom(...UNKNOWN), parameters, (model, given) => {
				const request = { ...given, model };
				const adapted = adaptRequest(request);
				expect(adapted.request).toBe(request);
				expect(adapted.warnings).toEqual([]);
			}),
		);
	});

	test('a request whose model takes all of it stays as it is, not even copied', () => {
		const request = { model: 'gpt-4.1', messages, temperature: 0.2, max_tokens: 9, tools };
		expect(adaptRequest(request).request).toBe(request);
	});
});
