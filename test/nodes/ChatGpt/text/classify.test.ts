import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTINUE, type ChatGptRun, readAlong } from '../../../support/chatGptRun';
import { ok, withoutJsonFormats } from '../../../support/faultServer';
import { answerJsonInTurn, runText, sent, textIn, texts } from '../../../support/textRun';
import { useFaultServer } from '../../../support/useFaultServer';

const server = useFaultServer();
beforeEach(() => {
	answerJsonInTurn(server, { category: 'Billing' });
});

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
const classifyOne = async (...given: Parameters<typeof classify>) => (await classify(...given)).items[0]!;
const body = () => sent(server.lastRequest());

describe('what is sent', () => {
	test('the categories are sent with their descriptions, the text apart, and a strict schema', async () => {
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

	test('several categories, none and confidence are in the schema that is sent', async () => {
		answerJsonInTurn(server, { categories: [], confidence: 0.4 });
		const item = await classifyOne({ severalCategories: true, noCategory: 'none', includeConfidence: true });
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

	test('the options that were added are sent, and so are the instructions of the user', async () => {
		await classifyOne(
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

	test('the categories may differ by item, from a list or by expressions in the rows', async () => {
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

	test('what the expression gives is sent as a text, whatever it is', async () => {
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
	])(
		'a category that is off only %s is taken for the one it is, with a warning',
		async (_name, said, meant) => {
			answerJsonInTurn(server, { category: said });
			const item = await classifyOne({}, { options: { repairAttempts: 0 } });
			expect(item).toMatchObject({
				category: meant,
				attempts: 1,
				warnings: [{ message: expect.stringContaining(`which was taken as "${meant}"`) }],
			});
		},
	);

	test.each(['Category: Billing', 'Refunds', 'C', 'Billing, Technical issue', ''])(
		'the reply %j is asked for again, with the list of the categories',
		async (said) => {
			answerJsonInTurn(server, { category: said }, { category: 'Billing' });
			expect(await classifyOne()).toMatchObject({
				category: 'Billing',
				attempts: 2,
				warnings: [{ message: expect.stringContaining('The model was asked again') }],
			});
			const [, , reply, correction] = sent(server.lastRequest()).messages;
			expect(reply!.content).toBe(JSON.stringify({ category: said }));
			expect(correction!.content).toContain(
				`it said ${JSON.stringify(said)}, but the choices are "Billing", "Technical issue", "C++"`,
			);
		},
	);

	test('a reply that stays outside the categories is an error with what the model said, and the categories', async () => {
		answerJsonInTurn(server, { category: 'Refunds' });
		const item = await classifyOne();
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

	test('a reply of none is null where that is allowed, in whatever words, and is asked for again elsewhere', async () => {
		for (const none of [null, 'None', 'null']) {
			server.reset();
			answerJsonInTurn(server, { category: none });
			expect(await classifyOne({ noCategory: 'none' })).toMatchObject({ category: null, attempts: 1 });
		}
		server.reset();
		answerJsonInTurn(server, { category: null }, { category: 'C++' });
		expect(await classifyOne()).toMatchObject({ category: 'C++', attempts: 2 });
		server.reset();
		answerJsonInTurn(server, { categories: [] }, { categories: ['C++'] });
		expect(await classifyOne({ severalCategories: true })).toMatchObject({
			categories: ['C++'],
			attempts: 2,
		});
	});

	test('each of several categories is checked, and given once', async () => {
		answerJsonInTurn(server, { categories: ['c++', 'C++', 'Billing'] });
		expect(await classifyOne({ severalCategories: true })).toMatchObject({ categories: ['C++', 'Billing'] });
		server.reset();
		answerJsonInTurn(server, { categories: ['C++', 'Weather'] });
		expect(await classifyOne({ severalCategories: true })).toMatchObject({
			error: expect.stringContaining('it said "Weather", but'),
		});
	});

	test.each<[string, INodeParameters, IDataObject]>([
		['billing', {}, { category: 'Billing' }],
		['"C++".', {}, { category: 'C++' }],
		['Billing', { severalCategories: true }, { categories: ['Billing'] }],
		['None', { noCategory: 'none' }, { category: null }],
	])(
		'a reply of nothing but %s is taken for the category, with a warning',
		async (text, parameters, fields) => {
			server.behave(() => ok({ text }));
			expect(await classifyOne(parameters)).toMatchObject({
				...fields,
				attempts: 1,
				warnings: [{ message: expect.stringContaining('said only') as string }],
			});
		},
	);

	test('a reply of nothing but a category is asked for again when confidence is wanted', async () => {
		server.behave(({ index }) =>
			ok({ text: index === 0 ? 'Billing' : '{"category": "Billing", "confidence": 0.9}' }),
		);
		expect(await classifyOne({ includeConfidence: true })).toMatchObject({ confidence: 0.9, attempts: 2 });
	});

	test('a reply that calls a tool instead is an error', async () => {
		const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
		const message = { role: 'assistant', content: null, tool_calls: [call] };
		server.behave(() => ok({ body: { choices: [{ index: 0, message, finish_reason: 'tool_calls' }] } }));
		expect(await classifyOne()).toMatchObject({
			error: 'The reply of the model is empty',
			details: { code: 'EMPTY_REPLY' },
		});
	});

	test('a server without structured outputs gets the schema in words', async () => {
		server.behave(withoutJsonFormats('nothing', { text: '```json\n{"category": "billing"}\n```' }));
		expect(await classifyOne()).toMatchObject({ category: 'Billing' });
		expect(sent(server.lastRequest()).messages[0]!.content).toContain('"enum":["Billing"');
	});
});

describe('before anything is paid for', () => {
	const named = (...names: string[]) => ({ categories: { values: names.map((name) => ({ name })) } });
	test.each<{ name: string; parameters: INodeParameters; parameter: string; error: string }>([
		{
			name: 'an empty text',
			parameters: { text: '={{ $json.missing }}' },
			parameter: 'Text',
			error: 'There is no text to work on',
		},
		{
			name: 'a single category',
			parameters: named('A'),
			parameter: 'Categories',
			error: 'Categories needs at least two entries to choose from',
		},
		{
			name: 'a list without any category',
			parameters: { categories: {}, noCategory: 'none' },
			parameter: 'Categories',
			error: 'There are no categories to choose from',
		},
		{
			name: 'a category without a name',
			parameters: named('A', ' '),
			parameter: 'Categories, entry 2',
			error: 'Categories, entry 2 has no name',
		},
		{
			name: 'a category named twice',
			parameters: named('A', 'A'),
			parameter: 'Categories',
			error: 'Categories has two entries named "A"',
		},
		{
			name: 'a category named twice in almost the same way',
			parameters: named('Some thing', 'some  thing'),
			parameter: 'Categories',
			error:
				'Categories has two entries that differ only in how they are written: "Some thing" and "some  thing"',
		},
		{
			name: 'a text in place of the list',
			parameters: { categoriesSource: 'json', categoriesJson: '={{ "Billing" }}' },
			parameter: 'Categories (JSON)',
			error: 'Categories (JSON) must be a list, but is "Billing"',
		},
		{
			name: 'a list of too many categories',
			parameters: {
				categoriesSource: 'json',
				categoriesJson: '={{ Array.from({ length: 1001 }, (_, i) => "c" + i) }}',
			},
			parameter: 'Categories',
			error: 'The list of categories has 1001 values to choose from, of which 1000 are allowed',
		},
	])(
		'$name fails, and the parameter is named, before anything is sent',
		async ({ parameters, parameter, error }) => {
			expect(await classifyOne(parameters)).toMatchObject({ error, details: { parameter } });
			expect(server.requests).toEqual([]);
		},
	);

	test('one category is enough where none is allowed', async () => {
		answerJsonInTurn(server, { category: 'A' });
		expect(await classifyOne({ ...named('A'), noCategory: 'none' })).toMatchObject({ category: 'A' });
	});
});

describe('the output', () => {
	test('the output has the input fields, the Output Field or the JSON of the API as asked', async () => {
		expect(
			await classifyOne({}, { options: { includeInputFields: true, outputField: 'sorted' } }),
		).toMatchObject({
			text: 'Where is my money?',
			sorted: { category: 'Billing' },
		});
		expect(await classifyOne({}, { options: { simplify: false } })).toMatchObject({
			object: 'chat.completion',
			json: { category: 'Billing' },
		});
	});

	test('a category is paid for once when n8n tries again', async () => {
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

	test('a category comes from the cache the second time', async () => {
		const run = { options: { cacheReplies: 60 }, items: texts('Cached, please') };
		await classifyOne({}, run);
		expect(await classifyOne({}, run)).toMatchObject({ category: 'Billing', cached: true, costUsd: 0 });
		expect(server.requests).toHaveLength(1);
	});

	test('a streaming caller gets the category in its right form', async () => {
		answerJsonInTurn(server, { category: 'billing' });
		const caller = readAlong();
		await classifyOne({}, { onChunk: caller.onChunk });
		expect(caller.text()).toBe('{"category":"Billing"}');
	});
});
