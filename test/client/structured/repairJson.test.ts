import type { ChatMessage, ChatRequest } from '../../../client/core/requests';
import type { CallOptions } from '../../../client/call';
import type { JsonFormat } from '../../../client/structured/jsonFormat';
import { connect, failureOf, options, request as plainRequest } from '../../support/clientCalls';
import { BROKEN_JSON, fail, ok, refused, withoutJsonFormats, type Breakage } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const SCHEMA = {
	type: 'object',
	properties: { item: { type: 'string' }, price: { type: 'number' } },
	required: ['item', 'price'],
	additionalProperties: false,
};
const FORMAT: JsonFormat = {
	type: 'json_schema',
	json_schema: { name: 'offer', description: 'What it costs', strict: true, schema: SCHEMA },
};
const GOOD = { item: 'Lamp', price: 12.5 };
const good = () => ok({ text: JSON.stringify(GOOD) });

const request = (more: Partial<ChatRequest> = {}): ChatRequest => ({
	...plainRequest('What does it cost?'),
	response_format: FORMAT,
	...more,
});
const repairing = (repairAttempts: number, more: Partial<CallOptions> = {}) =>
	options({ json: { repairAttempts }, ...more });
const lastSent = () => server.lastRequest().body as ChatRequest;
const replies = (...texts: string[]) =>
	server.behave(({ index }) =>
		ok({
			text: texts[Math.min(index, texts.length - 1)],
			usage: { prompt_tokens: 10, completion_tokens: index + 1 },
		}),
	);
const instruction = (messages: ChatMessage[]) => messages[0]?.content as string;

test('a schema is sent as it is, and the reply comes back parsed', async () => {
	server.behave(good);
	const result = await connect(server).completeChat(request(), repairing(1));
	expect(lastSent()).toEqual(request());
	expect(result).toMatchObject({
		choices: [{ text: JSON.stringify(GOOD), json: GOOD }],
		failedAttempts: [],
		warnings: [],
	});
});

test('a reply is not read as JSON unless the call asks for it', async () => {
	server.behave(() => ok({ text: 'no JSON' }));
	const { choices } = await connect(server).completeChat(request(), options());
	expect(choices[0]).not.toHaveProperty('json');
});

describe('what comes out of a broken reply', () => {
	const TAKEN_OUT = 'The reply had code fences or words around its JSON, which were left out.';
	const REPAIRED = 'The reply was not valid JSON. Its mistakes were mended, so check its values.';
	test.each<[Breakage, string]>([
		['fenced', TAKEN_OUT],
		['with words around it', TAKEN_OUT],
		['single-quoted', REPAIRED],
		['with a trailing comma', REPAIRED],
		['with bare keys', REPAIRED],
	])('a reply %s gives its JSON, and a warning', async (breakage, message) => {
		replies(BROKEN_JSON[breakage](GOOD));
		const { choices, warnings } = await connect(server).completeChat(request(), repairing(0));
		expect(choices[0].json).toEqual(GOOD);
		expect(warnings).toContainEqual({ feature: 'response_format', message });
		expect(server.stats.requests).toBe(1);
	});

	test('a reply in the manner of Python gives its JSON, and a warning', async () => {
		// Python writes null, true and false in its own way, and GOOD has none of them.
		replies('{"item": None}');
		const given = request({ response_format: { type: 'json_object' } });
		const { choices, warnings } = await connect(server).completeChat(given, repairing(0));
		expect(choices[0].json).toEqual({ item: null });
		expect(warnings).toContainEqual({ feature: 'response_format', message: REPAIRED });
		expect(server.stats.requests).toBe(1);
	});

	test.each<[Breakage, string, string]>([
		['truncated', 'INVALID_JSON', 'its JSON ends in the middle'],
		['without a field', 'SCHEMA_MISMATCH', 'lacks the required property "item"'],
		['with a wrong type', 'SCHEMA_MISMATCH', 'item: the value type "array" is invalid'],
		['with a field too many', 'SCHEMA_MISMATCH', 'note: there must be no such field'],
		['in prose only', 'INVALID_JSON', 'the reply holds no JSON'],
		['empty', 'INVALID_JSON', 'the reply is empty'],
	])('after a reply %s the model is asked again', async (breakage, code, problem) => {
		const broken = BROKEN_JSON[breakage](GOOD);
		replies(broken, JSON.stringify(GOOD));
		const { choices, failedAttempts, usage, costUsd, warnings } = await connect(server).completeChat(
			request(),
			repairing(1, { ownPrices: [{ input: 1e5, output: 1e6 }] }),
		);
		expect(choices[0].json).toEqual(GOOD);
		expect(failedAttempts).toEqual([{ status: 200, code, waitedMs: 0 }]);
		expect(usage).toMatchObject({ promptTokens: 20, completionTokens: 3, totalTokens: 23 });
		// Of both: 2 $ for what was sent, 3 $ for what came.
		expect(costUsd).toBeCloseTo(5);
		expect(warnings).toEqual([
			{ feature: 'response_format', message: expect.stringMatching(/^The model was asked again, because /) },
		]);
		const [question, ...added] = lastSent().messages;
		expect(question).toEqual(request().messages[0]);
		expect(added).toEqual([
			...(broken ? [{ role: 'assistant', content: broken }] : []),
			{ role: 'user', content: expect.stringContaining(problem) },
		]);
		expect(added.at(-1)!.content).toContain(JSON.stringify(SCHEMA));
	});

	test('a reply that stays broken is a failure with the last text, every attempt and the tokens paid', async () => {
		replies('{"item"', '[]');
		const failure = await failureOf(connect(server).completeChat(request(), repairing(2)));
		expect(failure).toMatchObject({
			kind: 'invalid_json',
			attempts: [
				{ status: 200, code: 'INVALID_JSON', waitedMs: 0 },
				{ status: 200, code: 'SCHEMA_MISMATCH', waitedMs: 0 },
				{ status: 200, code: 'SCHEMA_MISMATCH' },
			],
			details: { text: '[]', usage: { promptTokens: 30, completionTokens: 6 } },
		});
		expect(failure.message).toContain('the value type "array" is invalid. Expected "object"');
		// The last reply and what is wrong with it, not all of them.
		expect(lastSent().messages).toHaveLength(3);
	});

	test('a failure of a repair tells of the reply before', async () => {
		server.behave(({ index }) => (index === 0 ? ok({ text: '' }) : fail({ status: 401 })));
		expect(await failureOf(connect(server).completeChat(request(), repairing(1)))).toMatchObject({
			kind: 'refused_key',
			attempts: [{ status: 200, code: 'INVALID_JSON', waitedMs: 0 }, { status: 401 }],
			details: { usage: { completionTokens: 0 } },
		});
	});
});

describe('outcomes of their own', () => {
	test('a refusal is not asked again', async () => {
		server.behave(() => refused('I must not.'));
		const failure = await failureOf(connect(server).completeChat(request(), repairing(2)));
		expect(failure).toMatchObject({ kind: 'declined', message: 'I must not.', details: { code: 'REFUSAL' } });
		expect(server.stats.requests).toBe(1);
	});

	test('a reply cut by length is not asked again, nor mended', async () => {
		server.behave(() => ok({ text: '{"item":"La', finishReason: 'length' }));
		const failure = await failureOf(connect(server).completeChat(request(), repairing(2)));
		expect(failure).toMatchObject({ kind: 'cut_off', details: { code: 'LENGTH', text: '{"item":"La' } });
		expect(server.stats.requests).toBe(1);
	});

	test('a reply cut by length after its JSON is read', async () => {
		server.behave(() => ok({ text: `${JSON.stringify(GOOD)}\n\nThis means`, finishReason: 'length' }));
		const { choices } = await connect(server).completeChat(request(), repairing(0));
		expect(choices[0]).toMatchObject({ json: GOOD, finishReason: 'length' });
	});

	test('a reply that a content filter stops is a failure of the kind declined', async () => {
		server.behave(() => ok({ text: '{"item"', finishReason: 'content_filter' }));
		expect(await failureOf(connect(server).completeChat(request(), repairing(2)))).toMatchObject({
			kind: 'declined',
			details: { code: 'CONTENT_FILTER' },
		});
	});

	test('a message that calls tools is not read as JSON', async () => {
		const message = { role: 'assistant', content: null, tool_calls: [{ id: 'a' }] };
		server.behave(() => ok({ body: { choices: [{ index: 0, message, finish_reason: 'tool_calls' }] } }));
		const { choices } = await connect(server).completeChat(request(), repairing(1));
		expect(choices[0]).not.toHaveProperty('json');
		expect(server.stats.requests).toBe(1);
	});
});

describe('several choices', () => {
	test('each of several choices is read, and the broken one is asked for again', async () => {
		server.behave(({ index }) =>
			ok({
				text: (_, choice) => (index === 0 && choice === 1 ? '{' : JSON.stringify({ ...GOOD, price: choice })),
			}),
		);
		const { choices } = await connect(server).completeChat(request({ n: 3 }), repairing(1));
		expect(choices.map(({ index, json }) => [index, (json as typeof GOOD).price])).toEqual([
			[0, 0],
			[1, 0],
			[2, 2],
		]);
		expect(lastSent().n).toBe(1);
	});

	test('one of several choices that stays broken is left out, and a warning says so', async () => {
		server.behave(() => ok({ text: (_, choice) => (choice === 0 ? 'no' : JSON.stringify(GOOD)) }));
		const { choices, warnings } = await connect(server).completeChat(request({ n: 2 }), repairing(0));
		expect(choices).toMatchObject([{ index: 1, json: GOOD }]);
		expect(warnings).toMatchObject([{ message: 'A choice was left out, because the reply holds no JSON.' }]);
	});
});

test('when none of several choices has JSON, the failure tells of every request', async () => {
	server.behave(() => ok({ text: 'no', usage: { prompt_tokens: 10, completion_tokens: 1 } }));
	const failure = await failureOf(connect(server).completeChat(request({ n: 3 }), repairing(1)));
	expect(server.stats.requests).toBe(4);
	expect(failure).toMatchObject({ kind: 'invalid_json', details: { usage: { promptTokens: 40 } } });
	expect(failure.attempts).toHaveLength(4);
});

describe('any JSON object', () => {
	const asked = (content: string) => ({
		...plainRequest(content),
		response_format: { type: 'json_object' },
	});

	test('any JSON object is asked for with an instruction, which the API wants, unless there is one', async () => {
		server.behave(good);
		const client = connect(server);
		expect((await client.completeChat(asked('The price as JSON, please'), repairing(0))).warnings).toEqual(
			[],
		);
		expect(lastSent().messages).toHaveLength(1);
		const { warnings } = await client.completeChat(asked('The price, please'), repairing(0));
		expect(warnings).toMatchObject([
			{ message: expect.stringContaining('instruction to reply in JSON was added') },
		]);
		expect(instruction(lastSent().messages)).toMatch(/^Reply with one JSON object and nothing else/);
	});

	test.each(['[1]', '"text"', '4'])('the reply %s is not taken for a JSON object', async (text) => {
		server.behave(() => ok({ text }));
		const failure = await failureOf(connect(server).completeChat(asked('JSON'), repairing(0)));
		expect(failure).toMatchObject({ kind: 'invalid_json', message: 'the reply is no JSON object' });
	});
});

describe('a server without structured outputs', () => {
	const text = JSON.stringify(GOOD);

	test('a server without structured outputs gets json_object and the schema as an instruction', async () => {
		server.behave(withoutJsonFormats('json_object', { text }));
		const result = await connect(server).completeChat(request(), repairing(0));
		expect(result).toMatchObject({
			choices: [{ json: GOOD }],
			failedAttempts: [{ status: 400, waitedMs: 0 }],
			warnings: [
				{ feature: 'response_format', message: expect.stringContaining('asked for any JSON object') },
			],
		});
		expect(lastSent().response_format).toEqual({ type: 'json_object' });
		expect(instruction(lastSent().messages)).toContain(
			`JSON Schema (What it costs):\n${JSON.stringify(SCHEMA)}`,
		);
	});

	test('a server without JSON mode gets the schema as an instruction only, once', async () => {
		server.behave(withoutJsonFormats('nothing', { text }));
		const system = { role: 'system', content: 'Be brief.' };
		const given = request({ messages: [system, ...request().messages] });
		const result = await connect(server).completeChat(given, repairing(0));
		expect(result.choices[0].json).toEqual(GOOD);
		expect(result.warnings).toHaveLength(2);
		const { messages, ...rest } = lastSent();
		expect(rest).toEqual({ model: 'gpt-4o' });
		// Many open models take one system message only.
		expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
		expect(instruction(messages)).toMatch(/^Be brief\.\n\nReply with one JSON object/);
		expect(instruction(messages).match(/JSON Schema/g)).toHaveLength(1);
	});

	test('a server without JSON mode is remembered, and the next call has the same warnings', async () => {
		server.behave(withoutJsonFormats('nothing', { text }));
		const client = connect(server);
		const first = await client.completeChat(request(), repairing(0));
		const second = await client.completeChat(request(), repairing(0));
		expect(server.stats.requests).toBe(4);
		expect(second).toMatchObject({ failedAttempts: [], warnings: first.warnings });
		const [before, last] = server.requests.slice(-2).map(({ body }) => body as ChatRequest);
		expect(last).toEqual(before);
	});

	test('replies of a server without structured outputs are repaired as well', async () => {
		server.behave((got) => {
			const asked = (got.body as ChatRequest).messages.at(-1)!.content as string;
			const isRepair = asked.startsWith('Your reply cannot be used');
			return withoutJsonFormats('json_object', { text: isRepair ? text : 'Twelve fifty.' })(got);
		});
		const { choices, failedAttempts } = await connect(server).completeChat(request(), repairing(1));
		expect(choices[0].json).toEqual(GOOD);
		expect(failedAttempts.map(({ status }) => status)).toEqual([400, 200]);
	});

	test('a server that finds fault with the schema is not asked for less', async () => {
		server.behave(() =>
			fail({
				status: 400,
				param: 'response_format',
				message: "Invalid schema for response_format 'offer': In context=(), 'required' is required.",
			}),
		);
		const failure = await failureOf(connect(server).completeChat(request(), repairing(0)));
		expect(failure.kind).toBe('bad_request');
		expect(server.stats.requests).toBe(1);
	});

	// These messages were seen on real servers.
	test.each([
		[400, 'This response_format type is unavailable now'],
		[400, 'This model does not support response format `json_schema`.'],
		[422, "Input should be 'text' or 'json_object'"],
		[
			400,
			'response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later',
		],
	])('a server without structured outputs is known by its %i: %s', async (status, message) => {
		const isSchema = (body: ChatRequest) => (body.response_format as JsonFormat).type === 'json_schema';
		server.behave(({ body }) =>
			isSchema(body as ChatRequest) ? fail({ status, message, param: null }) : good(),
		);
		const { choices } = await connect(server).completeChat(request(), repairing(0));
		expect(choices[0].json).toEqual(GOOD);
	});
});

test('a streamed reply is read like any other', async () => {
	replies('```json\n{"item":1}\n```', JSON.stringify(GOOD));
	const { choices, usage } = await connect(server).completeChat(request(), repairing(1, { stream: {} }));
	expect(choices[0].json).toEqual(GOOD);
	expect(usage).toMatchObject({ completionTokens: 3 });
});
