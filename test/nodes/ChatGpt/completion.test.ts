import type { INodeParameters } from 'n8n-workflow';
import {
	API_KEY,
	CONTINUE,
	numberedItems,
	runChatGpt,
	type ChatGptRun,
	onlyItem,
	readAlong,
} from '../../support/chatGptRun';
import { fail, wrongKey } from '../../support/faultServer';
import { textCompletion } from '../../support/textCompletion';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer({ behave: textCompletion });

const MODEL = 'gpt-3.5-turbo-instruct';
const plainBody = { model: MODEL, prompt: 'Question 0' };

async function complete({ parameters, ...run }: ChatGptRun = {}) {
	return await runChatGpt(server, {
		...run,
		parameters: {
			resource: 'completion',
			operation: 'complete',
			completionModel: { __rl: true, mode: 'list', value: MODEL },
			prompt: '={{ $json.question }}',
			...parameters,
		},
	});
}

/** Azure is Azure at any address, so that a server of the tests has published prices. */
const azure = () => ({
	apiType: 'azure',
	deploymentUrl: `${server.url}/openai/deployments/instruct`,
	apiVersion: '2024-10-21',
});

const prompts = (count: number): INodeParameters => ({
	promptsSource: 'json',
	promptsJson: `={{ ["Roses", "Violets"].slice(0, ${count}).map((word) => word + " of " + $json.number) }}`,
});

test('each item is answered by what comes after its prompt', async () => {
	const { output, hints } = await complete({ items: numberedItems(3), credential: azure() });
	const items = output('ChatGPT');
	expect(items.map(({ json }) => json.text)).toEqual([
		'Question 0 goes on, choice 0',
		'Question 1 goes on, choice 0',
		'Question 2 goes on, choice 0',
	]);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	expect(items[0]!.json).toEqual({
		text: 'Question 0 goes on, choice 0',
		finishReason: 'stop',
		model: MODEL,
		usage: { promptTokens: 10, completionTokens: 5, totalTokens: 15 },
		// 10 × 1.50 and 5 × 2.00 USD per million tokens.
		costUsd: 0.000025,
		latencyMs: expect.any(Number),
		attempts: 1,
		id: 'cmpl-1',
		requestId: expect.stringMatching(/^req_/),
		warnings: [],
	});
	expect(server.requests.map(({ path }) => path)).toContain('/openai/deployments/instruct/completions');
	expect(hints('ChatGPT')[0]?.message).toBe(
		'3 items: 3 answered, 0 failed; 30 prompt and 15 completion tokens; about $0.0000750.',
	);
});

test('two prompts with n = 2 give an item for each prompt, in order, with its own choices', async () => {
	const { output, hints } = await complete({
		items: numberedItems(2),
		parameters: prompts(2),
		options: { n: 2 },
		credential: azure(),
	});
	expect(server.requests.map(({ body }) => (body as { prompt: string[] }).prompt).sort()).toEqual([
		['Roses of 0', 'Violets of 0'],
		['Roses of 1', 'Violets of 1'],
	]);
	const choice = (prompt: string, index: number) => ({
		index,
		text: `${prompt} goes on, choice ${index}`,
		finishReason: 'stop',
	});
	const expected = (prompt: string) => ({
		prompt,
		text: `${prompt} goes on, choice 0`,
		choices: [choice(prompt, 0), choice(prompt, 1)],
	});
	const items = output('ChatGPT');
	expect(items.map(({ json: { prompt, text, choices } }) => ({ prompt, text, choices }))).toEqual(
		['Roses of 0', 'Violets of 0', 'Roses of 1', 'Violets of 1'].map(expected),
	);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 0 },
		{ item: 1 },
		{ item: 1 },
	]);
	// What all prompts used together is in the first item of each request.
	const usage = { promptTokens: 20, completionTokens: 20, totalTokens: 40 };
	expect(items.map(({ json }) => json.usage)).toEqual([usage, undefined, usage, undefined]);
	expect(items.map(({ json }) => json.costUsd)).toEqual([0.00007, undefined, 0.00007, undefined]);
	expect(hints('ChatGPT')[0]?.message).toBe(
		'2 items: 2 answered, 0 failed; 40 prompt and 40 completion tokens; about $0.000140.',
	);
});

test('two prompts that are streamed give the same items', async () => {
	const run = { parameters: prompts(2), options: { n: 2 } };
	const texts = async (options: INodeParameters) =>
		(await complete({ ...run, options: { ...run.options, ...options } }))
			.output('ChatGPT')
			.map(({ json: { prompt, text, choices } }) => ({ prompt, text, choices }));
	expect(await texts({ streamFromApi: true })).toEqual(await texts({}));
	expect(server.requests.map(({ body }) => (body as { stream?: boolean }).stream)).toEqual([true, undefined]);
});

test('Choices as Items gives an item for each choice of each prompt', async () => {
	const { output } = await complete({ parameters: prompts(2), options: { n: 2, choicesAsItems: true } });
	const items = output('ChatGPT').map(({ json: { prompt, index, text, usage } }) => [
		prompt,
		index,
		text,
		usage !== undefined,
	]);
	expect(items).toEqual([
		['Roses of 0', 0, 'Roses of 0 goes on, choice 0', true],
		['Roses of 0', 1, 'Roses of 0 goes on, choice 1', false],
		['Violets of 0', 0, 'Violets of 0 goes on, choice 0', false],
		['Violets of 0', 1, 'Violets of 0 goes on, choice 1', false],
	]);
});

test("the output of a completion with Simplify off is the API's own JSON", async () => {
	const { output } = await complete({ parameters: prompts(2), options: { n: 2, simplify: false } });
	expect(output('ChatGPT')).toHaveLength(1);
	expect(output('ChatGPT')[0]!.json).toMatchObject({ object: 'text_completion', choices: [{}, {}, {}, {}] });
});

test.each<{ name: string; parameters?: INodeParameters; options?: INodeParameters; expected?: object }>([
	{ name: 'nothing more' },
	{
		name: 'temperature and limit',
		parameters: { temperature: 0.2, maxTokens: 50 },
		expected: { temperature: 0.2, max_tokens: 50 },
	},
	{ name: 'best of', options: { bestOf: 3, n: 2 }, expected: { best_of: 3, n: 2 } },
	{ name: 'echo', options: { echo: true }, expected: { echo: true } },
	{ name: 'log probabilities', options: { logprobsCount: 0 }, expected: { logprobs: 0 } },
	{ name: 'suffix', options: { suffix: '\nThe end.' }, expected: { suffix: '\nThe end.' } },
	{ name: 'stop and seed', options: { stop: ['\n'], seed: 1 }, expected: { stop: ['\n'], seed: 1 } },
	{
		name: 'extra body',
		options: { extraBody: '{"max_tokens": 0, "min_p": 0.1}' },
		expected: { max_tokens: 0, min_p: 0.1 },
	},
	{
		name: 'penalties',
		options: { frequencyPenalty: 1, presencePenalty: -1 },
		expected: { frequency_penalty: 1, presence_penalty: -1 },
	},
	{
		name: 'bias, Top P, user',
		options: { logitBias: '{"1": 5}', topP: 0.5, user: 'u' },
		expected: { logit_bias: { 1: 5 }, top_p: 0.5, user: 'u' },
	},
])('the request of a completion has $name', async ({ parameters, options, expected }) => {
	const { error } = await complete({ parameters, options });
	expect(error).toBeUndefined();
	expect(server.lastRequest().body).toEqual({ ...plainBody, ...expected });
});

test.each<{ name: string; parameters?: INodeParameters; options?: INodeParameters; message: string }>([
	{ name: 'no prompt', parameters: { prompt: '={{ $json.missing }}' }, message: 'Prompt is empty' },
	{
		name: 'an object in place of the list',
		parameters: { promptsSource: 'json', promptsJson: '{"a": 1}' },
		message: 'Prompts (JSON) must be a list of texts, but is "{"a": 1}"',
	},
	{
		name: 'an empty list',
		parameters: { promptsSource: 'json', promptsJson: '[]' },
		message: 'Prompts (JSON) is empty',
	},
	{
		name: 'an empty prompt',
		parameters: { promptsSource: 'json', promptsJson: '["a", ""]' },
		message: 'Prompts (JSON), prompt 2 is empty',
	},
	{
		name: 'fewer best than choices',
		options: { bestOf: 2, n: 3 },
		message: 'Best Of is 2, but Number of Choices asks for 3 of them',
	},
	{
		name: 'too many alternatives',
		options: { logprobsCount: 6 },
		message: 'Log Probabilities must be a whole number between 0 and 5, but is 6',
	},
	{
		name: 'the prompt twice',
		options: { extraBody: '{"prompt": "x"}' },
		message: 'Extra Body may not set "prompt", because the node sets it itself',
	},
])(
	'a completion with $name is rejected before anything is sent',
	async ({ parameters, options, message }) => {
		const { error } = await complete({ parameters, options });
		expect(error?.message).toBe(message);
		expect(server.requests).toEqual([]);
	},
);

test('a completion with Best Of is not streamed, and the item says so', async () => {
	const item = onlyItem(await complete({ options: { bestOf: 2, streamFromApi: true } }));
	expect(item.warnings).toMatchObject([{ feature: 'stream' }]);
});

test('a caller gets the completion while it is being written', async () => {
	const caller = readAlong();
	const item = onlyItem(await complete({ onChunk: caller.onChunk }));
	expect(caller.text()).toBe('Question 0 goes on, choice 0');
	expect(item.text).toBe(caller.text());
});

test('failed requests of completions are retried, item by item', async () => {
	server.behave((got) => (got.attempt === 1 ? fail({ status: 500 }) : textCompletion(got)));
	const { output } = await complete({ items: numberedItems(5) });
	expect(output('ChatGPT').map(({ json }) => json.attempts)).toEqual([2, 2, 2, 2, 2]);
});

test('Retry On Fail sends again only the completion that failed', async () => {
	server.behave((got) =>
		(got.body as { prompt: string }).prompt === 'Question 1' && got.attempt === 1
			? fail({ status: 400 })
			: textCompletion(got),
	);
	const { output, error } = await complete({
		items: numberedItems(3),
		node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		options: { maxConcurrentRequests: 1 },
	});
	expect(error).toBeUndefined();
	expect(output('ChatGPT')).toHaveLength(3);
	expect(server.requests.map(({ body }) => (body as { prompt: string }).prompt)).toEqual([
		'Question 0',
		'Question 1',
		'Question 1',
		'Question 2',
	]);
});

test('a completion from the cache costs nothing', async () => {
	const run = { options: { cacheReplies: 60 }, parameters: { prompt: 'Cached' }, credential: azure() };
	await complete(run);
	const item = onlyItem(await complete(run));
	expect(item).toMatchObject({ cached: true, costUsd: 0, attempts: 0 });
	expect(server.requests).toHaveLength(1);
});

test('the error output gets only the completion that failed', async () => {
	server.behave((got) =>
		(got.body as { prompt: string }).prompt === 'Question 1'
			? fail({ status: 400, message: 'No' })
			: textCompletion(got),
	);
	const { output } = await complete({ items: numberedItems(2), node: { onError: 'continueErrorOutput' } });
	expect(output('ChatGPT')).toHaveLength(1);
	expect(output('ChatGPT', 1)[0]!.json.error).toBe('The API cannot accept this request: No');
});

test('a model for chats is told from those for completions in the error', async () => {
	server.behave(() =>
		fail({
			status: 404,
			param: 'model',
			code: null,
			message:
				'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
		}),
	);
	const { error } = await complete();
	expect(error?.message).toContain('This is a chat model');
	expect(error).toMatchObject({ description: expect.stringContaining('Set Resource to Chat') });
});

test('the key is in no error of a completion', async () => {
	server.behave(() => wrongKey());
	const { output, run } = await complete({
		items: numberedItems(3),
		node: CONTINUE,
	});
	expect(output('ChatGPT')).toHaveLength(3);
	expect(JSON.stringify(run)).not.toContain(API_KEY);
});
