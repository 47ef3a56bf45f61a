import { LLMock } from '@copilotkit/aimock';
import workflow from '../../../examples/structured-output.json';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import {
	CONTINUE,
	numberedItems,
	runChatGpt,
	type ChatGptRun,
	onlyItem,
	readAlong,
} from '../../support/chatGptRun';
import { BROKEN_JSON, ok, refused, withoutJsonFormats } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();
beforeEach(() => {
	server.behave(() => ok({ text: JSON.stringify(GOOD) }));
});

const GOOD = { name: 'Ada', age: 36 };
const EXAMPLE = {
	responseFormat: 'jsonSchema',
	schemaSource: 'example',
	schemaExample: JSON.stringify({ name: 'Bob', age: 4 }),
};
const SCHEMA = {
	type: 'object',
	properties: { name: { type: 'string' }, age: { type: 'number' } },
	required: ['name', 'age'],
	additionalProperties: false,
};

async function run(parameters: INodeParameters, options: INodeParameters = {}, more: ChatGptRun = {}) {
	const { output, error, ...rest } = await runChatGpt(server, {
		parameters,
		options,
		node: CONTINUE,
		...more,
	});
	expect(error).toBeUndefined();
	return { items: output('ChatGPT').map(({ json }) => json), ...rest };
}
const ask = async (...given: Parameters<typeof run>) => (await run(...given)).items[0]!;
const sentFormat = () => (server.lastRequest().body as { response_format: IDataObject }).response_format;

describe('the format that is sent', () => {
	test('no format is sent for a reply in text', async () => {
		expect(await ask({ responseFormat: 'text' })).not.toHaveProperty('json');
		expect(server.lastRequest().body).not.toHaveProperty('response_format');
	});

	test('the format json_object is sent for a JSON object', async () => {
		expect(await ask({ responseFormat: 'jsonObject' })).toMatchObject({ json: GOOD });
		expect(sentFormat()).toEqual({ type: 'json_object' });
	});

	test('the schema of an example is sent, strict, with its name and description', async () => {
		const item = await ask(EXAMPLE, { schemaName: 'person', schemaDescription: 'Who it is' });
		expect(item).toMatchObject({
			text: JSON.stringify(GOOD),
			json: GOOD,
			finishReason: 'stop',
			warnings: [],
		});
		expect(sentFormat()).toEqual({
			type: 'json_schema',
			json_schema: { name: 'person', description: 'Who it is', strict: true, schema: SCHEMA },
		});
	});

	test('the schema of a form is sent, strict or not', async () => {
		const values = [
			{ name: 'name', type: 'string', description: 'Full name' },
			{ name: 'mood', type: 'choice', values: 'good, bad', required: false },
			{ name: 'tags', type: 'choices', values: '={{ ["a", "b"] }}' },
			{ name: 'born', type: 'date', required: false },
			{ name: 'sizes', type: 'numbers' },
			{ name: 'member', type: 'boolean' },
			{ name: 'count', type: 'integer' },
		];
		const form = { responseFormat: 'jsonSchema', schemaSource: 'fields', schemaFields: { values } };
		await ask(form, { repairAttempts: 0 });
		const strict = sentFormat().json_schema as IDataObject;
		expect(strict).toEqual({
			name: 'response',
			strict: true,
			schema: {
				type: 'object',
				properties: {
					name: { type: 'string', description: 'Full name' },
					mood: { type: ['string', 'null'], enum: ['good', 'bad', null] },
					tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
					born: { type: ['string', 'null'], format: 'date' },
					sizes: { type: 'array', items: { type: 'number' } },
					member: { type: 'boolean' },
					count: { type: 'integer' },
				},
				required: ['name', 'mood', 'tags', 'born', 'sizes', 'member', 'count'],
				additionalProperties: false,
			},
		});
		server.reset();
		await ask({ ...form, schemaStrict: false }, { repairAttempts: 0 });
		const loose = sentFormat().json_schema as { strict: boolean; schema: IDataObject };
		expect(loose.strict).toBe(false);
		expect(loose.schema.required).toEqual(['name', 'tags', 'sizes', 'member', 'count']);
	});

	test('a pasted schema is sent as it is, and so is one that an expression gives', async () => {
		await ask({ responseFormat: 'jsonSchema', schemaSource: 'schema', schemaJson: JSON.stringify(SCHEMA) });
		expect(sentFormat().json_schema).toMatchObject({ schema: SCHEMA });
		server.reset();
		await run(
			{ responseFormat: 'jsonSchema', schemaSource: 'schema', schemaJson: '={{ $json.schema }}' },
			{},
			{ items: [{ json: { question: 'Who?', schema: SCHEMA } }] },
		);
		expect(sentFormat().json_schema).toMatchObject({ schema: SCHEMA });
	});

	test('the schema may be another for each item', async () => {
		server.behave(() => ok({ text: '{}' }));
		const { items } = await run(
			{ ...EXAMPLE, schemaExample: '={{ { ["field" + $json.number]: 1 } }}' },
			{ repairAttempts: 0 },
			{ items: numberedItems(3) },
		);
		expect(items.map(({ error }) => /property "(\w+)"/.exec(error as string)?.[1])).toEqual([
			'field0',
			'field1',
			'field2',
		]);
	});
});

describe('before anything is paid for', () => {
	const schema = (schemaJson: unknown) => ({
		responseFormat: 'jsonSchema',
		schemaSource: 'schema',
		schemaJson: typeof schemaJson === 'string' ? schemaJson : JSON.stringify(schemaJson),
	});
	const form = (...values: INodeParameters[]) => ({
		responseFormat: 'jsonSchema',
		schemaSource: 'fields',
		schemaFields: { values },
	});

	test.each<{
		name: string;
		parameters: INodeParameters;
		options?: INodeParameters;
		error: string;
		hint: string;
	}>([
		{
			name: 'a schema outside the strict subset',
			parameters: schema({
				...SCHEMA,
				properties: {
					...SCHEMA.properties,
					tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
				},
			}),
			error: 'The schema has fields that are not required: "tags" (and 1 more such problem)',
			hint: 'Add "tags" to "required"; for a field that may be missing, allow null: "type": ["string", "null"], or turn Strict off',
		},
		{
			name: 'an open object',
			parameters: schema({ ...SCHEMA, additionalProperties: undefined }),
			error: 'The schema allows further fields',
			hint: 'Add "additionalProperties": false to this object, or turn Strict off',
		},
		{
			name: 'a type that does not exist',
			parameters: { ...schema({ type: 'object', properties: { a: { type: 'text' } } }), schemaStrict: false },
			error:
				'In the schema, properties.a has the type "text", which is none of array, boolean, integer, null, number, object, string',
			hint: 'Correct it, or define the schema by an example instead',
		},
		{
			name: 'a schema that is no JSON',
			parameters: schema('{a'),
			error: 'Schema must be a JSON object, but is "{a"',
			hint: 'Paste a JSON Schema, such as {"type": "object", "properties": {…}}',
		},
		{
			name: 'an example with an empty list',
			parameters: { ...EXAMPLE, schemaExample: '{"tags": []}' },
			error: 'In the example, tags is an empty list',
			hint: 'Put an entry into it that shows what its entries look like',
		},
		{
			name: 'an empty form',
			parameters: form(),
			error: 'No field is defined',
			hint: 'Add the fields that the reply is to have',
		},
		{
			name: 'a field without a name',
			parameters: form({ name: ' ' }),
			error: 'Field 1 has no name that can be used',
			hint: 'Enter a name such as total',
		},
		{
			name: 'a form with two fields of a name',
			parameters: form({ name: 'a' }, { name: 'a' }),
			error: 'There are two fields named "a"',
			hint: 'Rename or remove one of them',
		},
		{
			name: 'a name cut within an emoji, in a form',
			parameters: form({ name: 'total' }, { name: 'tax \ud83d' }),
			error: 'Fields, field 2, Name holds half a character, as when a text is cut within an emoji',
			hint: 'Correct Fields, field 2, Name, or the expression that cuts it',
		},
		{
			name: 'a name cut within an emoji, in an example',
			parameters: { ...EXAMPLE, schemaExample: '{"order": {"tax \\ud83d": 1}}' },
			error:
				'In the example, order has a field whose name holds half a character, as when a text is cut within an emoji',
			hint: 'Correct that name',
		},
		{
			name: 'a name cut within an emoji, in a schema',
			parameters: schema({
				...SCHEMA,
				properties: { 'tax \ud83d': { type: 'string' } },
				required: ['tax \ud83d'],
			}),
			error: 'The schema has a name that holds half a character, as when a text is cut within an emoji',
			hint: 'Correct that name',
		},
		{
			name: 'an "$id" that is no address',
			parameters: schema({ ...SCHEMA, $id: 'http://[' }),
			error: 'The schema cannot be read: Invalid URL',
			hint: 'Correct or remove its "$id"',
		},
		{
			name: 'a choice of nothing',
			parameters: form({ name: 'a', type: 'choice', values: ' , ' }),
			error: 'Fields, field 1 has no values to choose from',
			hint: 'Enter them, separated by commas',
		},
		{
			name: 'a bad name',
			parameters: EXAMPLE,
			options: { schemaName: 'my offer' },
			error: 'Schema Name may have at most 64 letters, digits, _ and -, but is "my offer"',
			hint: 'Shorten it, and write it without spaces and umlauts',
		},
		{
			name: 'a number of attempts that is too high',
			parameters: EXAMPLE,
			options: { repairAttempts: 11 },
			error: 'Repair Attempts must be a whole number between 0 and 10, but is 11',
			hint: 'Correct Repair Attempts, or the expression it comes from',
		},
		{
			name: 'a second format in the extra body',
			parameters: EXAMPLE,
			options: { extraBody: '{"response_format": {"type": "text"}}' },
			error: 'Extra Body and the fields both say what the reply is to be',
			hint: 'Remove "response_format" from Extra Body; in a chat you can also set Response Format to Text',
		},
	])('$name is rejected with what to do', async ({ parameters, options, error, hint }) => {
		expect(await ask(parameters, options)).toMatchObject({ error, details: { hint } });
		expect(server.stats.requests).toBe(0);
	});
});

describe('what comes out', () => {
	test('a reply in fences gives its JSON, the text as it came, and a warning', async () => {
		const text = BROKEN_JSON.fenced(GOOD);
		server.behave(() => ok({ text }));
		expect(await ask(EXAMPLE)).toMatchObject({
			text,
			json: GOOD,
			attempts: 1,
			warnings: [{ feature: 'response_format', message: expect.stringContaining('code fences') }],
		});
	});

	test('a wrong reply gives what the model says when asked again, with the tokens of both', async () => {
		server.behave(({ index }) =>
			ok({
				text: index === 0 ? '{"name": "Ada"}' : JSON.stringify(GOOD),
				usage: { prompt_tokens: 10, completion_tokens: 5 },
			}),
		);
		const { items, hints } = await run(EXAMPLE, { includeConversation: true });
		expect(items[0]).toMatchObject({
			json: GOOD,
			attempts: 2,
			usage: { promptTokens: 20, completionTokens: 10, totalTokens: 30 },
			// The conversation is as if the reply had been right at once.
			conversation: [
				{ role: 'user', content: 'Question 0' },
				{ role: 'assistant', content: JSON.stringify(GOOD) },
			],
		});
		expect(hints('ChatGPT')[0]?.message).toBe(
			'1 item: 1 answered, 0 failed; 1 retry, 0.0 s waited; 20 prompt and 10 completion tokens.',
		);
	});

	test('a reply that stays wrong gives an error with the reply, and its tokens are in the totals', async () => {
		server.behave(() => ok({ text: 'Ada, 36', usage: { prompt_tokens: 10, completion_tokens: 5 } }));
		const { items, hints } = await run(EXAMPLE);
		expect(items[0]).toEqual({
			error: 'The model gave no usable JSON in 2 attempts: the reply holds no JSON',
			details: {
				code: 'INVALID_JSON',
				text: 'Ada, 36',
				usage: {
					promptTokens: 20,
					completionTokens: 10,
					totalTokens: 30,
					cachedTokens: 0,
					reasoningTokens: 0,
				},
				costUsd: null,
				attempts: [
					{ status: 200, code: 'INVALID_JSON', waitedMs: 0 },
					{ status: 200, code: 'INVALID_JSON' },
				],
				hint: expect.stringContaining('raise the option Repair Attempts'),
				itemAtFault: true,
			},
		});
		expect(hints('ChatGPT')[0]?.message).toContain('20 prompt and 10 completion tokens');
	});

	test.each([
		['a refusal', refused('I must not.'), 'The model declined to answer: I must not'],
		[
			'a reply cut by length',
			ok({ text: '{"name":"A', finishReason: 'length' }),
			'The reply reached the limit of tokens before it was complete',
		],
		[
			'a filtered reply',
			ok({ text: '{"name":"A', finishReason: 'content_filter' }),
			"The provider's content filter stopped the reply before it was complete",
		],
	])('%s gives an error of its own, without another request', async (_name, behaviour, error) => {
		server.behave(() => behaviour);
		expect(await ask(EXAMPLE)).toMatchObject({ error });
		expect(server.stats.requests).toBe(1);
	});

	test('a server without structured outputs gives checked JSON, and a warning', async () => {
		server.behave(withoutJsonFormats('json_object', { text: JSON.stringify(GOOD) }));
		const { items } = await run(EXAMPLE, { maxConcurrentRequests: 1 }, { items: numberedItems(3) });
		expect(items).toHaveLength(3);
		for (const item of items) {
			expect(item).toMatchObject({ json: GOOD, warnings: [{ feature: 'response_format' }] });
		}
		// The server was found to lack them once, by the first item.
		expect(server.stats.requests).toBe(4);
	});

	test('several choices give JSON for each', async () => {
		server.behave(() => ok({ text: (_, choice) => JSON.stringify({ ...GOOD, age: choice }) }));
		expect(await ask(EXAMPLE, { n: 2 })).toMatchObject({
			json: { ...GOOD, age: 0 },
			choices: [{ json: { ...GOOD, age: 0 } }, { json: { ...GOOD, age: 1 } }],
		});
	});

	test('a reply in JSON with Simplify off is beside the API’s own JSON', async () => {
		expect(await ask(EXAMPLE, { simplify: false })).toMatchObject({ object: 'chat.completion', json: GOOD });
	});

	test('checked JSON is cached, and a reply that cannot be used is not', async () => {
		const options = { cacheReplies: 60, repairAttempts: 0 };
		const parameters = { ...EXAMPLE, schemaStrict: false };
		server.behave(() => ok({ text: 'no' }));
		expect(await ask(parameters, options)).toHaveProperty('error');
		server.behave(() => ok({ text: JSON.stringify(GOOD) }));
		expect(await ask(parameters, options)).toMatchObject({ json: GOOD, attempts: 1 });
		expect(await ask(parameters, options)).toMatchObject({ json: GOOD, cached: true });
		expect(server.stats.requests).toBe(2);
	});

	test('a memory remembers the checked JSON without the attempts before it', async () => {
		server.behave(({ index }) => ok({ text: index % 2 === 0 ? 'no' : JSON.stringify(GOOD) }));
		await run(EXAMPLE, {}, { items: numberedItems(2), memory: { sessionKey: 'json' } });
		const bodies = server.requests.map(({ body }) => (body as { messages: unknown[] }).messages);
		expect(bodies[2]).toEqual([
			{ role: 'user', content: expect.stringMatching(/^Question/) },
			{ role: 'assistant', content: JSON.stringify(GOOD) },
			{ role: 'user', content: expect.stringMatching(/^Question/) },
		]);
	});
});

describe('the fields of the JSON in the item', () => {
	test('the fields of the JSON take the place of "json", and win over other fields', async () => {
		server.behave(() => ok({ text: '{"name":"Ada","text":"mine","__proto__":{"polluted":1}}' }));
		const item = await ask({ responseFormat: 'jsonObject' }, { spreadJson: true });
		expect(item).toMatchObject({ name: 'Ada', text: 'mine', finishReason: 'stop' });
		expect(item).not.toHaveProperty('json');
		expect(item).not.toHaveProperty('polluted');
	});

	test('the fields of the JSON go below the Output Field', async () => {
		expect(await ask(EXAMPLE, { spreadJson: true, outputField: 'person' })).toMatchObject({ person: GOOD });
	});

	test('the fields of the JSON stay together if one is named "error", which n8n takes for a failure', async () => {
		server.behave(() => ok({ text: '{"error":"none"}' }));
		const item = await ask({ responseFormat: 'jsonObject' }, { spreadJson: true });
		expect(item).toMatchObject({ json: { error: 'none' } });
		expect(item).not.toHaveProperty('error');
	});
});

test('a caller who reads along gets the JSON once it is checked', async () => {
	server.behave(({ index }) => ok({ text: index === 0 ? 'no' : BROKEN_JSON.fenced(GOOD) }));
	const caller = readAlong();
	await run(EXAMPLE, {}, { onChunk: caller.onChunk });
	expect(caller.text()).toBe(JSON.stringify(GOOD));
});

test('the workflow of the guide turns an e-mail into fields', async () => {
	const mail = {
		topic: 'order',
		summary: 'Wants a lamp.',
		orderNumber: null,
		products: ['Aurora'],
		isUrgent: false,
	};
	server.behave(() => ok({ text: JSON.stringify(mail) }));
	const { parameters } = workflow.nodes.find(({ name }) => name === 'ChatGPT')!;
	const { items } = await run(parameters, parameters.options, {
		items: [{ json: { body: { text: 'A lamp, please.' } } }],
	});
	expect(items[0]).toMatchObject({ ...mail, attempts: 1, warnings: [] });
	expect(server.lastRequest().body).toMatchObject({
		messages: [{ role: 'system' }, { role: 'user', content: 'A lamp, please.' }],
		response_format: { json_schema: { name: 'mail', description: 'An e-mail to the shop', strict: true } },
	});
});

test('aimock, an API made by others, gives checked JSON as well', async () => {
	const mock = new LLMock({ host: '127.0.0.1', port: 0 });
	mock.on({ endpoint: 'chat' }, ({ response_format: format }) => ({
		content: format?.type === 'json_schema' ? JSON.stringify(GOOD) : 'Ada is 36.',
	}));
	try {
		const item = onlyItem(await runChatGpt({ baseUrl: `${await mock.start()}/v1` }, { parameters: EXAMPLE }));
		expect(item).toMatchObject({ json: GOOD, attempts: 1, warnings: [] });
	} finally {
		await mock.stop();
	}
});
