import { choicesByPrompt, readCompletionReply } from '../../client/endpoints/completions/response';
import type { CompletionRequest } from '../../client/core/requests';
import { connect, failureOf, KEY, options } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { textCompletion } from '../support/textCompletion';
import { useFaultServer } from '../support/useFaultServer';

const { fail, json } = faults;

const server = useFaultServer({ behave: textCompletion });
const elsewhere = useFaultServer();

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
	expect(server.lastRequest().headers.authorization).toBe(`Bearer ${KEY}`);
});

test('a completion of Azure is asked of the deployment, and has its cost', async () => {
	const deploymentUrl = `${server.url}/openai/deployments/instruct`;
	const azure = connect(server, { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
	const result = await azure.complete(request(), options());
	expect(server.lastRequest().path).toBe('/openai/deployments/instruct/completions');
	expect(server.lastRequest().query.get('api-version')).toBe('2024-10-21');
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

	test('a streamed completion is the plain one, piece by piece', async () => {
		const pieces: Array<[string, number]> = [];
		const stream = { onText: (text: string, choice: number) => pieces.push([text, choice]) };
		const asked = request({ prompt: ['A', 'B'], n: 2 });
		const client = connect(server);
		const result = await client.complete(asked, options({ stream }));
		expect(server.lastRequest().body).toMatchObject({
			stream: true,
			stream_options: { include_usage: true },
		});
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
	});

	test('the log probabilities of a streamed completion are joined list by list', async () => {
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

	test('a completion that is cut is asked for again, unless a part of it was shown', async () => {
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

	test('a streamed completion that lacks one of the prompts is a bad_reply', async () => {
		server.behave((got) => textCompletion(got, { upTo: 4 }));
		const failure = await failureOf(
			connect(server).complete(request({ prompt: ['A', 'B'] }), options(streaming)),
		);
		expect(failure.kind).toBe('bad_reply');
		expect(failure.message).toBe('The reply has 1 choices for 2 prompts');
	});

	test('a completion with best_of is not streamed, and a warning says so', async () => {
		const result = await connect(server).complete(request({ best_of: 3 }), options(streaming));
		expect(server.lastRequest().body).toEqual(request({ best_of: 3 }));
		expect(result.warnings).toEqual([
			{ feature: 'stream', message: expect.stringContaining('best of several') },
		]);
	});

	test('a server without stream_options is asked for a completion without them', async () => {
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
	['a 429', fail({ status: 429, code: 'rate_limit_exceeded' })],
	['a 500', fail({ status: 500 })],
	['a reset', faults.resetBeforeHeaders()],
	['no JSON', faults.notJson()],
	['no choices', json(200, { object: 'text_completion', choices: [] })],
	['a chat completion', faults.ok()],
	['a choice that broke off', json(200, { choices: [{ text: '', error: { message: 'Broke' } }] })],
])('a completion that meets %s is tried again', async (_name, fault) => {
	server.behave((got) => (got.index === 0 ? fault : textCompletion(got)));
	const result = await connect(server).complete(request(), options());
	expect(result.choices[0].text).toBe('Roses are goes on, choice 0');
	expect(result.failedAttempts).toHaveLength(1);
});

test('a completion of an unknown model is asked of the fallback model', async () => {
	server.behave((got) =>
		(got.body as CompletionRequest).model === 'davinci-002'
			? textCompletion(got)
			: fail({ status: 404, code: 'model_not_found' }),
	);
	const result = await connect(server).complete(request(), options({ fallbackModels: ['davinci-002'] }));
	expect(result).toMatchObject({ model: 'davinci-002', warnings: [{ feature: 'fallbackModels' }] });
});

test('a format that the server rejects is not put into words, as a completion has no messages', async () => {
	const message = 'response_format is not supported';
	server.behave(() => fail({ status: 400, message, param: 'response_format' }));
	const asked = request({ response_format: { type: 'json_object' } });
	const failure = await failureOf(connect(server).complete(asked, options()));
	expect(failure).toMatchObject({ kind: 'bad_request', message });
	expect(server.requests).toHaveLength(1);
});

test('a key rejected for a completion is not in the failure', async () => {
	server.behave(() => faults.wrongKey());
	const failure = await failureOf(connect(server).complete(request(), options()));
	expect(failure.kind).toBe('refused_key');
	expect(JSON.stringify([failure.message, failure.details])).not.toContain(KEY);
});

test('the key of a completion does not follow a redirect', async () => {
	server.behave(() => faults.redirect({ status: 307, location: `${elsewhere.baseUrl}/completions` }));
	expect((await failureOf(connect(server).complete(request(), options()))).kind).toBe('redirect');
	expect([...elsewhere.requests, ...elsewhere.otherRequests]).toEqual([]);
});

test('what a completion lacks is absent, and a missing index is the place in the list', () => {
	const reply = readCompletionReply({ choices: [{ text: 'a' }, { text: null, index: null }] }, 1);
	expect(reply.choices).toEqual([
		{ index: 0, text: 'a', finishReason: 'other' },
		{ index: 1, text: '', finishReason: 'other' },
	]);
	expect(Object.keys(reply)).toEqual(['choices', 'raw']);
});
