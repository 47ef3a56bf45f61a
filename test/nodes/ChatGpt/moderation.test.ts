import { setTimeout as sleep } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import {
	API_KEY,
	CONTINUE,
	numberedItems,
	runChatGpt,
	type ChatGptRun,
	onlyItem,
} from '../../support/chatGptRun';
import { fail, json, rateLimited, wrongKey, type RecordedRequest } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

type Part = { type: string; text?: string; image_url?: { url: string } };
type Body = { model: string; input: string | Part[] };

/** Flags what holds the word "kill", and every picture at example.com. */
function judge({ body }: RecordedRequest) {
	const { input } = body as Body;
	const parts: Part[] = typeof input === 'string' ? [{ type: 'text', text: input }] : input;
	if (parts.filter(({ type }) => type === 'image_url').length > 1) {
		const message = 'Number of images (2) exceeds maximum of 1';
		return fail({ status: 400, code: 'too_many_images', param: 'input', message });
	}
	const violent = parts.some(({ text }) => text?.includes('kill'));
	const sexual = parts.some(({ image_url: image }) => image?.url.startsWith('https://example.com/'));
	return json(200, {
		id: 'modr-1',
		model: 'omni-moderation-2024-09-26',
		results: [
			{
				flagged: violent || sexual,
				categories: { violence: violent, sexual, 'hate/threatening': false },
				category_scores: {
					violence: violent ? 0.9 : 0.1,
					sexual: sexual ? 0.8 : 0,
					'hate/threatening': 0.01,
				},
				category_applied_input_types: {
					violence: parts.map(({ type }) => (type === 'text' ? 'text' : 'image')),
				},
			},
		],
	});
}

const server = useFaultServer({ behave: judge });

async function check({ parameters, ...run }: ChatGptRun = {}, at: { baseUrl: string } = server) {
	return await runChatGpt(at, {
		...run,
		parameters: {
			resource: 'moderation',
			operation: 'check',
			moderationModel: { __rl: true, mode: 'list', value: 'omni-moderation-latest' },
			text: '={{ $json.question }}',
			...parameters,
		},
	});
}

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
const pictured: INodeExecutionData = {
	json: { question: 'Look' },
	binary: { data: { data: PNG, mimeType: 'image/png', fileName: 'look.png' } },
};
const images = (...values: INodeParameters[]): INodeParameters => ({ images: { values } });

describe('an item with several pictures', () => {
	const url = 'https://example.com/a.png';
	const parameters = images({ type: 'imageUrl', url }, { type: 'imageUrl', url });

	test('an item with several pictures has one time-out, however many requests it takes', async () => {
		server.behave(async (request) => {
			await sleep(400);
			return judge(request);
		});
		const { error } = await check({ parameters, options: { itemTimeout: 0.6 } });
		expect(error).toMatchObject({ context: { data: { code: 'TOTAL_TIMEOUT' } } });
	});

	test('an item with several pictures has one time for waiting, and its error lists the attempts of all', async () => {
		server.behave((request) =>
			request.index === 1 ? judge(request) : rateLimited({ retryAfter: { ms: 150 } }),
		);
		const { error } = await check({ parameters, options: { maxWait: 0.2 } });
		expect(error).toMatchObject({
			context: { data: { attempts: [{ status: 429, waitedMs: 150 }, { status: 429 }] } },
		});
		expect(server.requests).toHaveLength(3);
	});
});

test('each item says whether its text is harmful, and why', async () => {
	const items = [...numberedItems(2), { json: { question: 'I kill you' } }];
	const { output, hints } = await check({ items });
	expect(
		output('ChatGPT').map(({ json: { flagged, flaggedCategories } }) => ({ flagged, flaggedCategories })),
	).toEqual([
		{ flagged: false, flaggedCategories: [] },
		{ flagged: false, flaggedCategories: [] },
		{ flagged: true, flaggedCategories: ['violence'] },
	]);
	expect(output('ChatGPT')[2]).toEqual({
		json: {
			flagged: true,
			flaggedCategories: ['violence'],
			categories: { violence: true, sexual: false, 'hate/threatening': false },
			categoryScores: { violence: 0.9, sexual: 0, 'hate/threatening': 0.01 },
			appliedInputTypes: { violence: ['text'] },
			model: 'omni-moderation-2024-09-26',
			id: 'modr-1',
			latencyMs: expect.any(Number),
			attempts: 1,
			requestId: expect.stringMatching(/^req_/),
			warnings: [],
		},
		pairedItem: { item: 2 },
	});
	expect(server.requests.map(({ path }) => path)).toEqual(Array(3).fill('/v1/moderations'));
	expect(server.requests.map(({ body }) => body as Body)).toContainEqual({
		model: 'omni-moderation-latest',
		input: 'I kill you',
	});
	expect(hints('ChatGPT')[0]?.message).toBe('3 items: 3 answered, 0 failed.');
});

test('a text with a picture from a binary field is one request', async () => {
	const { output } = await check({ items: [pictured], parameters: images({ type: 'image' }) });
	expect((server.lastRequest().body as Body).input).toEqual([
		{ type: 'text', text: 'Look' },
		{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
	]);
	expect(output('ChatGPT')[0]).toMatchObject({
		json: { flagged: false },
		binary: { data: { fileName: 'look.png' } },
	});
});

test('each of several pictures is asked about, and any of them counts', async () => {
	const item = onlyItem(
		await check({
			items: [pictured],
			parameters: images({ type: 'image' }, { type: 'imageUrl', url: 'https://example.com/nude.png' }),
		}),
	);
	expect(server.requests.map(({ body }) => ((body as Body).input as Part[]).map(({ type }) => type))).toEqual(
		[['text', 'image_url'], ['image_url']],
	);
	expect(item).toMatchObject({
		flagged: true,
		flaggedCategories: ['sexual'],
		categoryScores: { violence: 0.1, sexual: 0.8 },
		appliedInputTypes: { violence: ['text', 'image'] },
		attempts: 2,
	});
});

test('the one of several pictures that the API rejects is named', async () => {
	server.behave((request) =>
		request.index === 1 ? fail({ status: 400, message: 'Bad picture.' }) : judge(request),
	);
	const values = ['1', '2', '3'].map((name) => ({
		type: 'imageUrl',
		url: `https://example.org/${name}.png`,
	}));
	const item = onlyItem(
		await check({
			parameters: { images: { values } },
			node: CONTINUE,
		}),
	);
	expect(item.error).toBe('The API cannot accept this request: Image 2: Bad picture');
	expect(server.stats.requests).toBe(2);
});

test('a picture without a text is checked, too', async () => {
	const parameters = { ...images({ type: 'imageUrl', url: 'https://example.com/a.png' }), text: '' };
	const item = onlyItem(await check({ parameters }));
	expect((server.lastRequest().body as Body).input).toHaveLength(1);
	expect(item.flagged).toBe(true);
});

test("the verdict is the API's own JSON with Simplify off, and goes next to the input fields as asked", async () => {
	const raw = await check({ options: { simplify: false } });
	expect(raw.output('ChatGPT')[0]!.json).toMatchObject({ results: [{ category_scores: {} }] });
	const more = await check({ options: { includeInputFields: true, outputField: 'verdict' } });
	expect(more.output('ChatGPT')[0]!.json).toMatchObject({
		question: 'Question 0',
		verdict: { flagged: false },
	});
});

test.each<[string, INodeParameters, string]>([
	['nothing', { text: ' ' }, 'There is nothing to check'],
	[
		'an address that is none',
		images({ type: 'imageUrl', url: 'photo.jpg' }),
		'The URL "photo.jpg" is not an address the provider can fetch a picture from',
	],
	['a picture that is missing', images({ type: 'image' }), 'The input item has no binary field "data"'],
])('a check of %s is rejected before anything is sent', async (_name, parameters, message) => {
	const { error } = await check({ parameters });
	expect(error?.message).toBe(message);
	expect(server.requests).toEqual([]);
});

test('a check on Azure fails, and says that there is no such API', async () => {
	const deploymentUrl = `${server.url}/openai/deployments/gpt`;
	const { error } = await check({ credential: { apiType: 'azure', deploymentUrl } });
	expect(error?.message).toBe('Azure OpenAI has no moderation API');
	expect(error).toMatchObject({ description: expect.stringContaining('Choose a credential for OpenAI') });
	expect(server.requests).toEqual([]);
});

test('failed checks are retried, and what fails for good goes where On Error says', async () => {
	server.behave((got) => {
		if (got.rawBody.includes('Question 2')) return fail({ status: 400, message: 'No' });
		return got.attempt === 1 ? fail({ status: 429 }) : judge(got);
	});
	const run: ChatGptRun = { items: numberedItems(3) };
	const split = await check({ ...run, node: { onError: 'continueErrorOutput' } });
	expect(split.output('ChatGPT').map(({ json }) => json.attempts)).toEqual([2, 2]);
	expect(split.output('ChatGPT', 1)[0]!.json).toMatchObject({
		error: expect.stringContaining('No'),
		details: { status: 400 },
	});
	const together = await check({ ...run, node: CONTINUE });
	expect(together.output('ChatGPT').map(({ json }) => 'error' in json)).toEqual([false, false, true]);
	expect((await check(run)).error?.message).toContain('No');
});

test('a rejected key ends the checks, and is in no error', async () => {
	server.behave(() => wrongKey());
	const { output, run } = await check({
		items: numberedItems(30),
		node: CONTINUE,
	});
	expect(output('ChatGPT')).toHaveLength(30);
	expect(server.requests.length).toBeLessThanOrEqual(10);
	expect(JSON.stringify(run)).not.toContain(API_KEY);
});

test('aimock, an API made by others, gives verdicts', async () => {
	const mock = new LLMock({ host: '127.0.0.1', port: 0 });
	mock.onModerate(/kill/, {
		flagged: true,
		categories: { violence: true, 'hate/threatening': false },
		category_scores: { violence: 0.97 },
	});
	const baseUrl = `${await mock.start()}/v1`;
	try {
		const items = [{ json: { question: 'I kill you' } }, { json: { question: 'I like you' } }];
		const { output, error } = await check({ items }, { baseUrl });
		expect(error).toBeUndefined();
		expect(output('ChatGPT').map(({ json }) => json.flagged)).toEqual([true, false]);
		expect(output('ChatGPT')[0]!.json).toMatchObject({
			flaggedCategories: ['violence'],
			categoryScores: { violence: 0.97 },
		});
	} finally {
		await mock.stop();
	}
});
