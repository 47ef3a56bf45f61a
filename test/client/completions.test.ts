import { choicesByPrompt, readCompletionReply } from '../../client/endpoints/completions/response';
import type { CompletionRequest } from '../../client/endpoints/completions/request';
import { connect, failureOf, KEY, options } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { FaultServer } from '../support/faultServer';
import { textCompletion } from '../support/textCompletion';

const { fail, json } = faults;

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer({ behave: textCompletion });
});
afterEach(() => server.close());

const request = (more: Partial<CompletionRequest> = {}): CompletionRequest => ({
	model: 'gpt-3.5-turbo-instruct',
	prompt: 'Roses are',
	...more,
});

test('a completion is asked for and read as a chat is', async () => {
	const result = await connect(server).complete(request({ max_tokens: 5 }), options());
	expect(result).toMatchObject({
		choices: [{ index: 0, text: 'Roses are goes on, choice 0', finishReason: 'stop' }],
		id: 'cmpl-1',
		model: 'gpt-3.5-turbo-instruct',
		usage: { promptTokens: 10, completionTokens: 5, totalTokens: 15 },
		failedAttempts: [],
		warnings: [],
		raw: { object: 'text_completion' },
	});
	expect(server.requests[0]).toMatchObject({ path: '/v1/completions', body: request({ max_tokens: 5 }) });
	expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
});

test('of Azure it goes to the deployment', async () => {
	const deploymentUrl = `${server.url}/openai/deployments/instruct`;
	const azure = connect(server, { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
	const result = await azure.complete(request(), options());
	expect(server.requests[0]!.path).toBe('/openai/deployments/instruct/completions');
	expect(server.requests[0]!.query.get('api-version')).toBe('2024-10-21');
	// 10 × 1.50 and 5 × 2.00 USD per million tokens.
	expect(result.costUsd).toBe(0.000025);
});

test('the choices of several prompts keep to their prompts, in whatever order they come', async () => {
	const reordered = (body: { choices: unknown[] }) => ({ ...body, choices: [...body.choices].reverse() });
	server.behave((got) => {
		const whole = textCompletion(got) as { body: { choices: unknown[] } };
		return json(200, reordered(whole.body));
	});
	const { choices } = await connect(server).complete(request({ prompt: ['A', 'B'], n: 2 }), options());
	expect(choicesByPrompt(choices, 2).map((own) => own.map(({ index, text }) => [index, text]))).toEqual([
		[
			[0, 'A goes on, choice 0'],
			[1, 'A goes on, choice 1'],
		],
		[
			[0, 'B goes on, choice 0'],
			[1, 'B goes on, choice 1'],
		],
	]);
});

describe('streamed', () => {
	const streaming = { stream: {} };

	test('it is the same reply, piece by piece', async () => {
		const pieces: Array<[string, number]> = [];
		const stream = { onText: (text: string, choice: number) => pieces.push([text, choice]) };
		const asked = request({ prompt: ['A', 'B'], n: 2 });
		const client = connect(server);
		const result = await client.complete(asked, options({ stream }));
		const whole = await client.complete(asked, options());
		expect(result.choices).toEqual(whole.choices);
		expect(result.usage).toEqual(whole.usage);
		expect(result.raw).toEqual({ ...whole.raw, choices: expect.any(Array) });
		expect(result.timeToFirstTokenMs).toEqual(expect.any(Number));
		for (const index of [0, 1, 2, 3]) {
			const text = pieces.filter(([, choice]) => choice === index).map(([piece]) => piece);
			expect(text.length).toBeGreaterThan(1);
			expect(text.join('')).toBe(whole.choices[index]!.text);
		}
		expect(server.requests[0]!.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
	});

	test('log probabilities are put together list by list', async () => {
		const chunk = (text: string, logprobs: object | null, reason: string | null = null) => ({
			choices: [{ index: 0, text, logprobs, finish_reason: reason }],
		});
		server.behave((got) =>
			textCompletion(got, {
				rewrite: () => [
					chunk('a', { tokens: ['a'], token_logprobs: [-1], text_offset: [0], top_logprobs: null }),
					chunk('b', { tokens: ['b'], token_logprobs: [-2], text_offset: [1], top_logprobs: null }, 'length'),
				],
			}),
		);
		const { choices } = await connect(server).complete(request({ logprobs: 0 }), options(streaming));
		expect(choices).toEqual([
			{
				index: 0,
				text: 'ab',
				finishReason: 'length',
				logprobs: { tokens: ['a', 'b'], token_logprobs: [-1, -2], text_offset: [0, 1], top_logprobs: null },
			},
		]);
	});

	test('a cut is asked for again, unless a part of it was shown', async () => {
		server.behave((got) =>
			got.index % 2 === 0 ? textCompletion(got, { upTo: 2, end: 'rst' }) : textCompletion(got),
		);
		const result = await connect(server).complete(request(), options(streaming));
		expect(result.choices[0].text).toBe('Roses are goes on, choice 0');
		expect(result.failedAttempts).toHaveLength(1);

		const shown = options({ stream: { onText: () => {} } });
		const failure = await failureOf(connect(server).complete(request(), shown));
		expect(failure).toMatchObject({ kind: 'connection', details: { shown: true }, attempts: [{}] });
		expect(failure.details.partialText).toMatch(/^Roses are goes o/);
	});

	test('a stream that ends without one of the prompts is none', async () => {
		server.behave((got) => textCompletion(got, { upTo: 4 }));
		const failure = await failureOf(
			connect(server).complete(request({ prompt: ['A', 'B'] }), options(streaming)),
		);
		expect(failure.kind).toBe('bad_reply');
		expect(failure.message).toBe('The reply has 1 choices for 2 prompts');
	});

	test('the best of several is sent for as a whole', async () => {
		const result = await connect(server).complete(request({ best_of: 3 }), options(streaming));
		expect(server.requests[0]!.body).toEqual(request({ best_of: 3 }));
		expect(result.warnings).toEqual([
			{ feature: 'stream', message: expect.stringContaining('best of several') },
		]);
	});

	test('a server without stream_options is asked without', async () => {
		server.behave((got) =>
			(got.body as { stream_options?: object }).stream_options
				? fail({ status: 400, message: 'Unrecognized request argument supplied: stream_options' })
				: textCompletion(got),
		);
		const result = await connect(server).complete(request(), options(streaming));
		expect(result.choices[0].text).toBe('Roses are goes on, choice 0');
		expect(result.warnings).toMatchObject([{ feature: 'stream_options' }]);
	});
});

test.each([
	['429', fail({ status: 429, code: 'rate_limit_exceeded' })],
	['500', fail({ status: 500 })],
	['a reset', faults.resetBeforeHeaders()],
	['no JSON', faults.notJson()],
	['no choices', json(200, { object: 'text_completion', choices: [] })],
	['a chat completion', faults.ok()],
	['a choice that broke off', json(200, { choices: [{ text: '', error: { message: 'Broke' } }] })],
])('%s is tried again', async (_name, fault) => {
	server.behave((got) => (got.index === 0 ? fault : textCompletion(got)));
	const result = await connect(server).complete(request(), options());
	expect(result.choices[0].text).toBe('Roses are goes on, choice 0');
	expect(result.failedAttempts).toHaveLength(1);
});

test('the next model is asked when one is unknown', async () => {
	server.behave((got) =>
		(got.body as CompletionRequest).model === 'davinci-002'
			? textCompletion(got)
			: fail({ status: 404, code: 'model_not_found' }),
	);
	const result = await connect(server).complete(request(), options({ fallbackModels: ['davinci-002'] }));
	expect(result).toMatchObject({ model: 'davinci-002', warnings: [{ feature: 'fallbackModels' }] });
});

test('a format that the server refuses is not put into words: there is no message for them', async () => {
	const message = 'response_format is not supported';
	server.behave(() => fail({ status: 400, message, param: 'response_format' }));
	const asked = request({ response_format: { type: 'json_object' } });
	const failure = await failureOf(connect(server).complete(asked, options()));
	expect(failure).toMatchObject({ kind: 'bad_request', message });
	expect(server.requests).toHaveLength(1);
});

test('a refused key is not in the failure', async () => {
	server.behave(() => faults.wrongKey());
	const failure = await failureOf(connect(server).complete(request(), options()));
	expect(failure.kind).toBe('authentication');
	expect(JSON.stringify([failure.message, failure.details])).not.toContain(KEY);
});

test('the key does not follow a redirect', async () => {
	const other = await faults.startFaultServer();
	server.behave(() => faults.redirect({ status: 307, location: `${other.baseUrl}/completions` }));
	expect((await failureOf(connect(server).complete(request(), options()))).kind).toBe('redirect');
	expect([...other.requests, ...other.otherRequests]).toEqual([]);
	await other.close();
});

test('what a server leaves out is absent, and an index that is missing is the place', () => {
	const reply = readCompletionReply({ choices: [{ text: 'a' }, { text: null, index: null }] }, 1);
	expect(reply.choices).toEqual([
		{ index: 0, text: 'a', finishReason: 'other' },
		{ index: 1, text: '', finishReason: 'other' },
	]);
	expect(Object.keys(reply)).toEqual(['choices', 'raw']);
});
