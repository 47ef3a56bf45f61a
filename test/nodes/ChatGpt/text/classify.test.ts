import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTINUE, type ChatGptRun } from '../../../support/chatGptRun';
import { ok, startFaultServer, withoutJsonFormats, type FaultServer } from '../../../support/faultServer';
import { runText, sent, textIn, texts } from '../../../support/textRun';

let server: FaultServer;
beforeAll(async () => {
	server = await startFaultServer();
});
beforeEach(() => {
	server.reset();
	says({ category: 'Billing' });
});
afterAll(() => server.close());

/** One reply after the other, the last one from then on. */
const says = (...replies: unknown[]) =>
	server.behave(({ index }) => ok({ text: JSON.stringify(replies[Math.min(index, replies.length - 1)]) }));

const CATEGORIES = {
	values: [
		{ name: 'Billing', description: 'Invoices, payments, refunds' },
		{ name: 'Technical issue' },
		{ name: 'C++' },
	],
};

async function classify(parameters: INodeParameters = {}, run: ChatGptRun = {}) {
	const { output, error, ...rest } = await runText(
		server,
		'classify',
		{ categories: CATEGORIES, ...parameters },
		{ items: texts('Where is my money?'), node: CONTINUE, ...run },
	);
	expect(error).toBeUndefined();
	return { items: output('ChatGPT').map(({ json }) => json), output, ...rest };
}
const one = async (...given: Parameters<typeof classify>) => (await classify(...given)).items[0]!;
const body = () => sent(server.requests[0]!);

describe('what is sent', () => {
	test('are the categories with their descriptions, the text apart, and a strict schema', async () => {
		const { items, output } = await classify();
		expect(items[0]).toEqual({
			category: 'Billing',
			model: 'gpt-4.1-mini',
			usage: expect.any(Object),
			costUsd: null,
			latencyMs: expect.any(Number),
			attempts: 1,
			id: expect.any(String),
			requestId: expect.any(String),
			warnings: [],
		});
		expect(output('ChatGPT')[0]!.pairedItem).toEqual({ item: 0 });
		const [system, user, ...more] = body().messages;
		expect(more).toEqual([]);
		expect(system!.content).toContain(
			'- "Billing": Invoices, payments, refunds\n- "Technical issue"\n- "C++"',
		);
		expect(user).toEqual({ role: 'user', content: '<text>\nWhere is my money?\n</text>' });
		expect(Object.keys(body()).sort()).toEqual(['messages', 'model', 'response_format']);
		expect(body().response_format).toEqual({
			type: 'json_schema',
			json_schema: {
				name: 'classification',
				strict: true,
				schema: {
					type: 'object',
					properties: { category: { type: 'string', enum: ['Billing', 'Technical issue', 'C++'] } },
					required: ['category'],
					additionalProperties: false,
				},
			},
		});
	});

	test('with several categories, none allowed and confidence', async () => {
		says({ categories: [], confidence: 0.4 });
		const item = await one({ severalCategories: true, noCategory: 'none', includeConfidence: true });
		expect(item).toMatchObject({ categories: [], confidence: 0.4, warnings: [] });
		expect(body().response_format!.json_schema.schema).toMatchObject({
			properties: {
				categories: { type: 'array', items: { enum: ['Billing', 'Technical issue', 'C++'] } },
				confidence: { type: 'number', minimum: 0, maximum: 1 },
			},
			required: ['categories', 'confidence'],
		});
		expect(body().messages[0]!.content).toContain('"categories" is an empty list');
	});

	test('are the options that were added, and the instructions of the user', async () => {
		await one(
			{ model: { __rl: true, mode: 'id', value: 'model-that-takes-all' } },
			{
				options: {
					instructions: 'We sell lamps.',
					temperature: 0,
					maxTokens: 50,
					reasoningEffort: 'low',
					serviceTier: 'flex',
					extraBody: '{"top_k": 1}',
				},
			},
		);
		expect(body()).toMatchObject({
			temperature: 0,
			max_tokens: 50,
			reasoning_effort: 'low',
			service_tier: 'flex',
			top_k: 1,
		});
		expect(body().messages[0]!.content).toMatch(/What else to heed:\nWe sell lamps\.$/);
	});

	test('may be other categories for each item, from a list or by expressions in the rows', async () => {
		server.behave((request) => ok({ text: JSON.stringify({ category: `About ${textIn(request)}` }) }));
		const items = texts('lamps', 'sofas');
		const list = '={{ ["Other", { name: "About " + $json.text, description: "d" }] }}';
		const fromJson = await classify({ categoriesSource: 'json', categoriesJson: list }, { items });
		const values = [{ name: '=About {{ $json.text }}' }, { name: 'Other' }];
		const fromRows = await classify({ categories: { values } }, { items });
		for (const { items } of [fromJson, fromRows]) {
			expect(items.map(({ category }) => category)).toEqual(['About lamps', 'About sofas']);
		}
	});

	test('is a text, whatever the expression gives', async () => {
		await classify({}, { items: texts({ order: 4711 }, 4711, '2026-11-21') });
		expect(server.requests.map(textIn).sort()).toEqual(['2026-11-21', '4711', '{"order":4711}']);
	});
});

describe('a reply outside the categories', () => {
	test.each([
		['in another case', 'BILLING', 'Billing'],
		['with white space', ' technical  Issue\n', 'Technical issue'],
		['in quotes, with a period', '"Billing".', 'Billing'],
		['in bold', '**C++**', 'C++'],
	])('only %s is taken for the one it is, with a warning', async (_name, said, meant) => {
		says({ category: said });
		const item = await one({}, { options: { repairAttempts: 0 } });
		expect(item).toMatchObject({
			category: meant,
			attempts: 1,
			warnings: [{ message: expect.stringContaining(`which was taken as "${meant}"`) }],
		});
	});

	test.each(['Category: Billing', 'Refunds', 'C', 'Billing, Technical issue', ''])(
		'%j is asked for again, with the list of what there is',
		async (said) => {
			says({ category: said }, { category: 'Billing' });
			expect(await one()).toMatchObject({
				category: 'Billing',
				attempts: 2,
				warnings: [{ message: expect.stringContaining('The model was asked again') }],
			});
			const [, , reply, correction] = sent(server.requests[1]!).messages;
			expect(reply!.content).toBe(JSON.stringify({ category: said }));
			expect(correction!.content).toContain(
				`it said ${JSON.stringify(said)}, but the choices are "Billing", "Technical issue", "C++"`,
			);
		},
	);

	test('that stays outside is an error with what the model said, and what there is', async () => {
		says({ category: 'Refunds' });
		const item = await one();
		expect(item).toMatchObject({
			error:
				'The model chose nothing of the list in 2 attempts: it said "Refunds", but the choices are "Billing", "Technical issue", "C++"',
			details: {
				code: 'UNKNOWN_LABEL',
				text: '{"category":"Refunds"}',
				hint: expect.stringContaining('Describe the choices more clearly'),
			},
		});
		expect(Object.keys(item)).toEqual(['error', 'details']);
	});

	test('none is null where that is allowed, in whatever words, else asked for again', async () => {
		for (const none of [null, 'None', 'null']) {
			server.reset();
			says({ category: none });
			expect(await one({ noCategory: 'none' })).toMatchObject({ category: null, attempts: 1 });
		}
		server.reset();
		says({ category: null }, { category: 'C++' });
		expect(await one()).toMatchObject({ category: 'C++', attempts: 2 });
		server.reset();
		says({ categories: [] }, { categories: ['C++'] });
		expect(await one({ severalCategories: true })).toMatchObject({ categories: ['C++'], attempts: 2 });
	});

	test('among several: each is looked at, and named once', async () => {
		says({ categories: ['c++', 'C++', 'Billing'] });
		expect(await one({ severalCategories: true })).toMatchObject({ categories: ['C++', 'Billing'] });
		server.reset();
		says({ categories: ['C++', 'Weather'] });
		expect(await one({ severalCategories: true })).toMatchObject({
			error: expect.stringContaining('it said "Weather", but'),
		});
	});

	test.each<[string, INodeParameters, IDataObject]>([
		['billing', {}, { category: 'Billing' }],
		['"C++".', {}, { category: 'C++' }],
		['Billing', { severalCategories: true }, { categories: ['Billing'] }],
		['None', { noCategory: 'none' }, { category: null }],
	])('may be nothing but %s', async (text, parameters, fields) => {
		server.behave(() => ok({ text }));
		expect(await one(parameters)).toMatchObject({
			...fields,
			attempts: 1,
			warnings: [{ message: expect.stringContaining('said only') as string }],
		});
	});

	test('of nothing but a category lacks the confidence that was asked for', async () => {
		server.behave(({ index }) =>
			ok({ text: index === 0 ? 'Billing' : '{"category": "Billing", "confidence": 0.9}' }),
		);
		expect(await one({ includeConfidence: true })).toMatchObject({ confidence: 0.9, attempts: 2 });
	});

	test('because the model calls a tool instead is an error', async () => {
		const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
		const message = { role: 'assistant', content: null, tool_calls: [call] };
		server.behave(() => ok({ body: { choices: [{ index: 0, message, finish_reason: 'tool_calls' }] } }));
		expect(await one()).toMatchObject({
			error: 'The reply of the model is empty',
			details: { code: 'EMPTY_REPLY' },
		});
	});

	test('of a server without structured outputs: the same, with the schema in words', async () => {
		server.behave(withoutJsonFormats('nothing', { text: '```json\n{"category": "billing"}\n```' }));
		expect(await one()).toMatchObject({ category: 'Billing' });
		expect(sent(server.requests.at(-1)!).messages[0]!.content).toContain('"enum":["Billing"');
	});
});

describe('before anything is paid for', () => {
	const named = (...names: string[]) => ({ categories: { values: names.map((name) => ({ name })) } });
	test.each<[string, INodeParameters, string, string]>([
		['an empty text', { text: '={{ $json.missing }}' }, 'Text', 'There is no text to work on'],
		['a single category', named('A'), 'Categories', 'Categories needs at least two entries to choose from'],
		[
			'no category at all',
			{ categories: {}, noCategory: 'none' },
			'Categories',
			'There are no categories to choose from',
		],
		['a category without a name', named('A', ' '), 'Categories, entry 2', 'Categories, entry 2 has no name'],
		['the same twice', named('A', 'A'), 'Categories', 'Categories has two entries named "A"'],
		[
			'almost the same twice',
			named('Some thing', 'some  thing'),
			'Categories',
			'Categories has two entries that differ only in how they are written: "Some thing" and "some  thing"',
		],
		[
			'a list that is none',
			{ categoriesSource: 'json', categoriesJson: '={{ "Billing" }}' },
			'Categories (JSON)',
			'Categories (JSON) must be a list, but is "Billing"',
		],
		[
			'too many of them',
			{ categoriesSource: 'json', categoriesJson: '={{ Array.from({ length: 1001 }, (_, i) => "c" + i) }}' },
			'Categories',
			'The list of categories has 1001 values to choose from, of which 1000 are allowed',
		],
	])('%s is named', async (_name, parameters, parameter, error) => {
		expect(await one(parameters)).toMatchObject({ error, details: { parameter } });
		expect(server.requests).toEqual([]);
	});

	test('one category is enough where none is allowed', async () => {
		says({ category: 'A' });
		expect(await one({ ...named('A'), noCategory: 'none' })).toMatchObject({ category: 'A' });
	});
});

describe('the output', () => {
	test('has the input fields, its own field, or the JSON of the API', async () => {
		expect(await one({}, { options: { includeInputFields: true, outputField: 'sorted' } })).toMatchObject({
			text: 'Where is my money?',
			sorted: { category: 'Billing' },
		});
		expect(await one({}, { options: { simplify: false } })).toMatchObject({
			object: 'chat.completion',
			json: { category: 'Billing' },
		});
	});

	test('is paid for once when n8n tries again', async () => {
		server.behave((request) => {
			const isSecond = textIn(request) === 'b';
			return ok({ text: JSON.stringify({ category: isSecond && request.index < 2 ? 'x' : 'Billing' }) });
		});
		const { items } = await classify(
			{},
			{
				items: texts('a', 'b'),
				options: { repairAttempts: 0, maxConcurrentRequests: 1 },
				node: { onError: 'stopWorkflow', retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
			},
		);
		expect(items.map(({ category }) => category)).toEqual(['Billing', 'Billing']);
		expect(server.requests.map(textIn)).toEqual(['a', 'b', 'b']);
	});

	test('comes from the cache the second time', async () => {
		const run = { options: { cacheReplies: 60 }, items: texts('Cached, please') };
		await one({}, run);
		expect(await one({}, run)).toMatchObject({ category: 'Billing', cached: true, costUsd: 0 });
		expect(server.requests).toHaveLength(1);
	});

	test('is what a streaming caller gets, put right', async () => {
		says({ category: 'billing' });
		const chunks: string[] = [];
		await one({}, { onChunk: ({ content }) => void chunks.push(content ?? '') });
		expect(chunks.join('')).toBe('{"category":"Billing"}');
	});
});
