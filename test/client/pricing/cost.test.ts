import { calcPrice, extractUsage, findProvider } from '@pydantic/genai-prices';
import { readChatReply } from '../../../client/endpoints/chat/response';
import { costOf, type PriceContext } from '../../../client/pricing/cost';
import { providerOf } from '../../../client/pricing/prices';
import table from '../../../client/pricing/priceTable.json';

const AT = Date.UTC(2026, 9, 1, 12);

type Json = Record<string, unknown>;

function completion(model: string, usage: Json, more: Json = {}): Json {
	const message = { role: 'assistant', content: 'Paris' };
	return { id: 'c', model, choices: [{ index: 0, message, finish_reason: 'stop' }], usage, ...more };
}

/** What we say a completion cost. */
function ours(json: Json, provider: string | undefined, more: Partial<PriceContext> = {}, asked: Json = {}) {
	const reply = readChatReply(json);
	return costOf(reply, { model: 'asked', ...asked }, { provider, at: AT, ...more });
}

/** As the provider reports it: Anthropic tells elsewhere what was cached. */
function reported(provider: string, usage: Json): Json {
	if (provider !== 'anthropic') return usage;
	const { prompt_tokens_details: ofPrompt, ...rest } = usage;
	return { ...rest, cached_tokens: (ofPrompt as Json).cached_tokens };
}

/** What the library says, which reads the same JSON by itself. */
function library(json: Json, providerId: string, at = AT): number | null {
	const provider = findProvider({ providerId })!;
	const flavour = provider.extractors?.find(({ api_flavor }) => api_flavor === 'chat')?.api_flavor;
	const { model, usage } = extractUsage(provider, json, flavour);
	return calcPrice(usage, model!, { providerId, timestamp: new Date(at) })?.total_price ?? null;
}

const tokens = (prompt: number, completion: number, ofPrompt: Json = {}, ofCompletion: Json = {}): Json => ({
	prompt_tokens: prompt,
	completion_tokens: completion,
	total_tokens: prompt + completion,
	prompt_tokens_details: ofPrompt,
	completion_tokens_details: ofCompletion,
});

/** Kinds of usage, among them both sides of each step of the prices. */
const SHAPES: Record<string, Json> = {
	small: tokens(25, 7),
	nothing: tokens(0, 0),
	cached: tokens(4096, 511, { cached_tokens: 3072 }),
	'cached and written': tokens(9001, 313, { cached_tokens: 2048, cache_write_tokens: 5000 }),
	reasoning: tokens(120, 9000, {}, { reasoning_tokens: 8192 }),
	spoken: tokens(800, 900, { audio_tokens: 600 }, { audio_tokens: 700 }),
	...Object.fromEntries(
		[100_000, 128_000, 200_000, 256_000, 271_999, 272_000, 512_000].flatMap((step) => [
			[`${step} tokens`, tokens(step, 1234, { cached_tokens: 1000 })],
			[`${step + 1} tokens`, tokens(step + 1, 1234, { cached_tokens: 1000 })],
		]),
	),
};

const MODELS: Array<[provider: string, ...models: string[]]> = [
	[
		'openai',
		...[
			'gpt-6-astra',
			'gpt-6-sol',
			'gpt-6-luna-2026-09-22',
			'gpt-5.6-sol',
			'gpt-5.6-luna',
			'gpt-5.5',
			'gpt-5.4',
		],
		...['gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5', 'gpt-5-mini-2025-08-07', 'gpt-5-nano', 'gpt-4.1-2025-04-14'],
		...[
			'gpt-4.1-mini',
			'gpt-4o',
			'gpt-4o-2024-05-13',
			'gpt-4o-mini-2024-07-18',
			'o3',
			'o4-mini',
			'o1',
			'gpt-4',
		],
		...['gpt-3.5-turbo-0125', 'gpt-audio', 'ft:gpt-4o-mini-2024-07-18:acme::abc'],
	],
	['azure', 'gpt-4.1-mini-2025-04-14', 'o4-mini-2025-04-16', 'gpt-5.4', 'deepseek-v3.2', 'phi-4'],
	['anthropic', 'claude-sonnet-4-5-20250929', 'claude-opus-4-1'],
	['google', 'gemini-2.5-pro', 'gemini-2.5-flash'],
	['x-ai', 'grok-4', 'grok-4.3'],
	['deepseek', 'deepseek-chat', 'deepseek-v4-pro'],
	['mistral', 'mistral-medium-latest', 'mistral-large-latest'],
	['groq', 'llama-3.3-70b-versatile', 'openai/gpt-oss-120b'],
];

/** The largest relative difference, and how many figures were compared. */
function compare(cases: Array<{ json: Json; provider: string; at?: number }>) {
	let [largest, compared] = [0, 0];
	for (const { json, provider, at = AT } of cases) {
		const cost = ours(json, provider, { at });
		const expected = library(json, provider, at);
		if (cost === null || expected === null) throw new Error(`Unknown: ${provider} ${JSON.stringify(json)}`);
		largest = Math.max(largest, Math.abs(cost - expected) / (expected || 1));
		compared++;
	}
	return { largest, compared };
}

describe('against the library', () => {
	const applicable = (model: string, shape: string) =>
		!(shape.startsWith('spoken') && model.startsWith('gemini'));

	test('the costs of models of eight providers are those of the library', () => {
		const cases = MODELS.flatMap(([provider, ...models]) =>
			models.flatMap((model) =>
				Object.entries(SHAPES)
					.filter(([shape]) => applicable(model, shape))
					.map(([, usage]) => ({ json: completion(model, reported(provider, usage)), provider })),
			),
		);
		const { largest, compared } = compare(cases);
		process.stdout.write(`Cost: ${compared} figures, largest relative difference ${largest}\n`);
		expect(MODELS.flatMap(([, ...models]) => models).length).toBeGreaterThanOrEqual(20);
		expect(compared).toBeGreaterThan(700);
		expect(largest).toBeLessThan(1e-12);
	});

	test('the costs of every model of the table are those of the library', () => {
		const cases = Object.entries(table).flatMap(([provider, { models }]) =>
			findProvider({ providerId: provider })!.extractors
				? models.flatMap(({ match, prices }) => {
						const [name] = match.filter((one) => typeof one === 'string');
						if (!name || prices.length === 0) return [];
						return [SHAPES.small!, SHAPES.cached!, SHAPES['272001 tokens']!].map((usage) => ({
							json: completion(name, reported(provider, usage)),
							provider,
						}));
					})
				: [],
		);
		const { largest, compared } = compare(cases);
		expect(compared).toBeGreaterThan(700);
		expect(largest).toBeLessThan(1e-12);
	});

	test('the costs at other times, with other prices, are those of the library', () => {
		const times = [
			...['2025-06-09T23:59:59.999Z', '2025-06-10', '2026-07-29T23:59:59.999Z', '2026-07-30', '2026-08-21'],
			...[
				'2026-11-02T00:30Z',
				'2026-11-02T03:59:59.999Z',
				'2026-11-02T04:00Z',
				'2026-11-02T16:30Z',
				'2027-01-01',
			],
		];
		const models: Array<[string, string]> = [
			...['o3', 'gpt-5.6-sol', 'gpt-5.6-luna'].map((model): [string, string] => ['openai', model]),
			...['deepseek-chat', 'deepseek-v4-flash'].map((model): [string, string] => ['deepseek', model]),
			['google', 'gemini-3.6-flash'],
		];
		const cases = times.flatMap((time) =>
			models.map(([provider, model]) => ({
				json: completion(model, SHAPES.cached!),
				provider,
				at: Date.parse(time),
			})),
		);
		expect(compare(cases)).toEqual({ largest: expect.any(Number), compared: 60 });
		expect(compare(cases).largest).toBeLessThan(1e-12);
	});

	test('the provider of an address is the one that the library takes', () => {
		const addresses = [
			...['https://api.openai.com/v1', 'https://api.deepseek.com', 'https://api.groq.com/openai/v1'],
			...['https://generativelanguage.googleapis.com/v1beta/openai', 'https://api.mistral.ai/v1'],
			...['https://api.x.ai/v1', 'https://openrouter.ai/api/v1', 'https://me.openai.azure.com/openai/v1'],
			...['http://localhost:11434/v1', 'https://gateway.example.com/v1', 'https://api.openai.example.com/v1'],
		];
		for (const baseUrl of addresses) {
			const provider = providerOf({ apiType: 'openai', apiKey: '', baseUrl });
			expect([baseUrl, provider]).toEqual([baseUrl, findProvider({ providerApiUrl: baseUrl })?.id]);
		}
	});
});

describe('kinds of processing', () => {
	// OpenAI's list of 2026: https://openai.com/api-priority-processing
	test.each([
		{ model: 'gpt-5.5-2026-04-23', input: 12.5, cached: 1.25, output: 75 },
		{ model: 'gpt-5.4', input: 5, cached: 0.5, output: 30 },
		{ model: 'gpt-5.4-mini', input: 1.5, cached: 0.15, output: 9 },
		{ model: 'gpt-5.2', input: 3.5, cached: 0.35, output: 28 },
		{ model: 'gpt-5.1', input: 2.5, cached: 0.25, output: 20 },
		{ model: 'gpt-5', input: 2.5, cached: 0.25, output: 20 },
		{ model: 'gpt-5-mini', input: 0.45, cached: 0.045, output: 3.6 },
		{ model: 'gpt-4.1', input: 3.5, cached: 0.875, output: 14 },
		{ model: 'gpt-4.1-mini', input: 0.7, cached: 0.175, output: 2.8 },
		{ model: 'gpt-4.1-nano', input: 0.2, cached: 0.05, output: 0.8 },
		{ model: 'gpt-4o-2024-08-06', input: 4.25, cached: 2.125, output: 17 },
		{ model: 'gpt-4o-2024-05-13', input: 8.75, cached: 8.75, output: 26.25 },
		{ model: 'gpt-4o-mini', input: 0.25, cached: 0.125, output: 1 },
		{ model: 'o3', input: 3.5, cached: 0.875, output: 14 },
		{ model: 'o4-mini', input: 2, cached: 0.5, output: 8 },
	])('the priority price of $model is as published', ({ model, input, cached, output }) => {
		const cost = (usage: Json) => ours(completion(model, usage, { service_tier: 'priority' }), 'openai')!;
		expect(cost(tokens(100_000, 0)) * 10).toBeCloseTo(input, 9);
		expect(cost(tokens(100_000, 0, { cached_tokens: 100_000 })) * 10).toBeCloseTo(cached, 9);
		expect(cost(tokens(0, 100_000)) * 10).toBeCloseTo(output, 9);
	});

	const of = (
		tier: string | undefined,
		provider = 'openai',
		model = 'gpt-5',
		prompt = 1000,
		asked: Json = {},
	) => ours(completion(model, tokens(prompt, 100), { service_tier: tier }), provider, {}, asked);

	test.each(['flex', 'batch'])('a reply with the tier %s costs half', (tier) => {
		expect(of(tier)).toBe(of('default')! / 2);
	});

	test('the tier in the reply counts, and the one asked for only if the reply has none', () => {
		expect(of('default', 'openai', 'gpt-5', 1000, { service_tier: 'flex' })).toBe(of('default'));
		expect(of(undefined, 'openai', 'gpt-5', 1000, { service_tier: 'flex' })).toBe(of('flex'));
		expect(of(undefined, 'openai', 'gpt-5', 1000, { service_tier: 'auto' })).toBe(of('default'));
	});

	test.each([
		{ tier: 'scale', provider: 'openai', model: 'gpt-5', prompt: 1000 },
		{ tier: 'fast', provider: 'openai', model: 'gpt-5', prompt: 1000 },
		{ tier: 'priority', provider: 'openai', model: 'gpt-5-nano', prompt: 1000 },
		{ tier: 'priority', provider: 'openai', model: 'gpt-5', prompt: 128_001 },
		{ tier: 'priority', provider: 'azure', model: 'gpt-5', prompt: 1000 },
		{ tier: 'flex', provider: 'groq', model: 'llama-3.3-70b-versatile', prompt: 1000 },
	])(
		'the price of $tier at $provider for $model with $prompt tokens is unknown',
		({ tier, provider, model, prompt }) => {
			expect(of(tier, provider, model, prompt)).toBeNull();
		},
	);

	test('the tier on_demand of Groq costs the standard price', () => {
		const model = 'llama-3.3-70b-versatile';
		expect(of('on_demand', 'groq', model)).toBe(library(completion(model, tokens(1000, 100)), 'groq'));
	});
});

describe('which model', () => {
	const small = tokens(1_000_000, 0);

	test('the cost is that of the model that answered, not of the one asked for', () => {
		expect(ours(completion('gpt-4.1-mini', small), 'openai', {}, { model: 'gpt-4.1' })).toBe(0.4);
	});

	test('the cost is that of the model asked for when the reply names none', () => {
		expect(ours(completion('', small), 'openai', {}, { model: 'gpt-4.1' })).toBe(2);
	});

	test.each([
		['gpt-4.1-2031-01-01', 'gpt-4.1', 2],
		['gpt-4.1-20310101', 'gpt-4.1', 2],
		['gpt-4.1-huge', 'gpt-4.1', null],
		['gpt-4.1-mini-2031-01-01', 'gpt-4.1', null],
		['gpt-4.1-2031-01-01', 'gpt-9', null],
	])('the cost of a million tokens of %s, in an answer to %s, is %p', (answered, asked, expected) => {
		expect(ours(completion(answered, small), 'openai', {}, { model: asked })).toBe(expected);
	});
});

describe('what is unknown', () => {
	test.each<[string, Json, string | undefined]>([
		['the provider', completion('gpt-4.1', tokens(1, 1)), undefined],
		['the model', completion('gpt-99', tokens(1, 1)), 'openai'],
		['the usage', completion('gpt-4.1', null as never), 'openai'],
		['the prompt', completion('gpt-4.1', { completion_tokens: 1 }), 'openai'],
		['the completion', completion('gpt-4.1', { prompt_tokens: 1 }), 'openai'],
		['the fee of a search at every call', completion('gpt-4o-search-preview', tokens(1, 1)), 'openai'],
		[
			'the price of a reply, as of an embedding',
			completion('text-embedding-3-small', tokens(1, 1)),
			'openai',
		],
		['how more was cached than sent', completion('gpt-4.1', tokens(1, 1, { cached_tokens: 2 })), 'openai'],
		['how less than nothing was sent', completion('gpt-4.1', tokens(-1, 1)), 'openai'],
		[
			'what part of a recording was cached',
			completion('gemini-2.5-flash', tokens(9, 1, { cached_tokens: 2, audio_tokens: 2 })),
			'google',
		],
	])('the cost is null where this is unknown: %s', (_, json, provider) => {
		expect(ours(json, provider)).toBeNull();
	});
});

describe('prices of the user', () => {
	const ownPrices = [
		{ model: 'mine', input: 2, cached: 0.5, output: 8 },
		{ input: 1, output: 3 },
	];
	const usage = tokens(1_000_000, 500_000, { cached_tokens: 400_000 });

	test.each([
		['mine', 1.2 + 0.2 + 4],
		['other', 1 + 1.5],
	])('own prices win for %s, whatever the server and the kind of processing', (model, expected) => {
		for (const provider of [undefined, 'openai', 'openrouter']) {
			expect(ours(completion(model, usage, { service_tier: 'flex' }), provider, { ownPrices })).toBe(
				expected,
			);
		}
	});

	test('own prices hold for the model asked for, whatever the server calls it', () => {
		expect(ours(completion('x', usage), undefined, { ownPrices }, { model: 'mine' })).toBe(5.4);
	});

	test('own prices leave other models to the table', () => {
		const only = { ownPrices: ownPrices.slice(0, 1) };
		expect(ours(completion('gpt-4.1', tokens(1_000_000, 0)), 'openai', only)).toBe(2);
		expect(ours(completion('other', usage), undefined, only)).toBeNull();
	});

	test('own prices may be zero', () => {
		expect(ours(completion('llama', usage), undefined, { ownPrices: [{ input: 0, output: 0 }] })).toBe(0);
	});
});

describe('OpenRouter', () => {
	const charged = (more: Json) =>
		ours(completion('openai/gpt-5', { ...tokens(9, 9), ...more }), 'openrouter');

	test('the cost at OpenRouter is what it says that it charged', () => {
		expect(charged({ cost: 0.00123, cost_details: { upstream_inference_cost: 0.00123 } })).toBe(0.00123);
	});

	test("OpenRouter's fee for an own key is added to what the provider charges", () => {
		expect(charged({ cost: 0.5, is_byok: true, cost_details: { upstream_inference_cost: 10 } })).toBe(10.5);
		expect(charged({ cost: 0.5, is_byok: true })).toBeNull();
	});

	test('a reply of OpenRouter that names no cost has none', () => {
		expect(charged({})).toBeNull();
		expect(ours(completion('m', null as never), 'openrouter')).toBeNull();
	});
});
