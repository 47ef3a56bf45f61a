import type { INodeParameters } from 'n8n-workflow';
import { CONTINUE, type ChatGptRun } from '../../../support/chatGptRun';
import { ok, refused, startFaultServer, streamed, type FaultServer } from '../../../support/faultServer';
import { runText, sent, texts } from '../../../support/textRun';

let server: FaultServer;
beforeAll(async () => {
	server = await startFaultServer();
});
beforeEach(() => {
	server.reset();
	server.behave(() => ok({ text: ' A short text.\n' }));
});
afterAll(() => server.close());

async function write(operation: string, parameters: INodeParameters, run: ChatGptRun = {}) {
	const { output, error } = await runText(server, operation, parameters, {
		items: texts('A long text.'),
		node: CONTINUE,
		...run,
	});
	expect(error).toBeUndefined();
	return output('ChatGPT')[0]!.json;
}
const instructions = () => sent(server.requests[0]!).messages[0]!.content;

describe('Summarize', () => {
	const summarize = (parameters: INodeParameters = {}, run: ChatGptRun = {}) =>
		write('summarize', parameters, run);

	test('returns a plain text', async () => {
		expect(await summarize()).toMatchObject({ summary: 'A short text.', attempts: 1, warnings: [] });
		expect(Object.keys(sent(server.requests[0]!)).sort()).toEqual(['messages', 'model']);
		expect(instructions()).toContain('Write in the language of the text.');
	});

	test('an empty reply is not kept', async () => {
		const options = { cacheReplies: 60 };
		server.behave(({ index }) => ok({ text: index === 0 ? '' : 'A short text.' }));
		expect(await summarize({}, { options })).toMatchObject({ details: { code: 'EMPTY_REPLY' } });
		expect(await summarize({}, { options })).toMatchObject({ summary: 'A short text.' });
		expect(await summarize({}, { options })).toMatchObject({ summary: 'A short text.', cached: true });
	});

	test.each<[INodeParameters, string]>([
		[{ summaryLength: 'short' }, 'Write one sentence.'],
		[{ summaryLength: 'long', summaryFormat: 'bullets' }, 'Begin each bullet point with "- "'],
		[{ summaryLength: 'custom', summaryWords: 40 }, 'Write about 40 words, as running text.'],
		[{ summaryLanguage: 'German' }, 'Write in this language: German.'],
		[{ summaryFocus: 'Who pays' }, 'What matters most to the reader: Who pays'],
	])('%j is said to the model', async (parameters, said) => {
		await summarize(parameters);
		expect(instructions()).toContain(said);
	});

	test.each([
		[
			'cut by the limit of tokens',
			ok({ text: 'Half a', finishReason: 'length' }),
			'The reply reached the limit of tokens before it was complete',
			{ code: 'LENGTH', text: 'Half a', usage: expect.any(Object) as object },
		],
		[
			'stopped by a filter',
			ok({ text: 'Half a', finishReason: 'content_filter' }),
			"The provider's content filter stopped the reply before it was complete",
			{ code: 'CONTENT_FILTER' },
		],
		['refused', refused('I must not.'), 'The model declined to answer: I must not', { code: 'REFUSAL' }],
		['empty', ok({ text: ' ' }), 'The reply of the model is empty', { code: 'EMPTY_REPLY' }],
	])('%s: an error, not half a summary', async (_name, behaviour, error, details) => {
		server.behave(() => behaviour);
		const item = await summarize();
		expect(item).toMatchObject({ error, details });
		expect((item.details as { attempts: object[] }).attempts).toEqual([{ status: 200, code: details.code }]);
		expect(server.stats.requests).toBe(1);
	});

	test('what was cut counts as failed, with its tokens', async () => {
		server.behave(() => ok({ text: 'Half a', finishReason: 'length' }));
		const { hints } = await runText(server, 'summarize', {}, { items: texts('a', 'b'), node: CONTINUE });
		expect(hints('ChatGPT')[0]!.message).toMatch(/^2 items: 0 answered, 2 failed; .* 4 completion tokens/);
	});

	test('what was cut is not paid for again when n8n tries again', async () => {
		server.behave(() => ok({ text: 'Half a', finishReason: 'length' }));
		const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
		const { error } = await runText(server, 'summarize', {}, { items: texts('a'), node });
		expect(error?.message).toBe('The reply reached the limit of tokens before it was complete');
		expect(server.stats.requests).toBe(1);
	});

	test('an empty reply is asked for again when n8n tries again', async () => {
		server.behave(({ index }) => ok({ text: index === 0 ? '' : 'A short text.' }));
		const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
		const { error, output } = await runText(server, 'summarize', {}, { items: texts('a'), node });
		expect(error).toBeUndefined();
		expect(output('ChatGPT')[0]!.json).toMatchObject({ summary: 'A short text.' });
		expect(server.stats.requests).toBe(2);
	});

	test.each([
		['cut', ok({ text: 'Half a', finishReason: 'length' }), 'LENGTH'],
		['filtered', ok({ text: 'Half a', finishReason: 'content_filter' }), 'CONTENT_FILTER'],
		['refused', refused('I must not.'), 'REFUSAL'],
	])('what was %s is not kept for other runs', async (_name, behaviour, code) => {
		const options = { cacheReplies: 60 };
		server.behave(({ index }) => (index < 2 ? behaviour : ok({ text: 'A short text.' })));
		// With a text of its own, a test finds none of another's replies.
		const run = { options, items: texts(`A text that is to be ${code}.`) };
		expect(await summarize({}, run)).toMatchObject({ details: { code } });
		expect(await summarize({}, run)).toMatchObject({
			details: { code, usage: expect.any(Object) as object },
		});
		expect(await summarize({}, run)).toMatchObject({ summary: 'A short text.', attempts: 1 });
		expect(await summarize({}, run)).toMatchObject({ summary: 'A short text.', cached: true });
		expect(server.stats.requests).toBe(3);
	});

	test('appears at a streaming caller while it is being written', async () => {
		const chunks: string[] = [];
		server.behave(() => streamed({ text: 'word '.repeat(40), pieces: 8, everyMs: 20 }));
		await summarize({}, { onChunk: ({ type, content }) => void (type === 'item' && chunks.push(content!)) });
		expect(chunks.length).toBeGreaterThan(1);
		expect(chunks.join('')).toBe('word '.repeat(40));
		expect(sent(server.requests[0]!).stream).toBe(true);
	});
});

describe('Translate', () => {
	const translate = (parameters: INodeParameters = {}, run: ChatGptRun = {}) =>
		write('translate', { targetLanguage: 'French', ...parameters }, run);

	test('returns a plain text', async () => {
		expect(await translate()).toMatchObject({ translation: 'A short text.' });
		expect(sent(server.requests[0]!)).not.toHaveProperty('response_format');
		expect(instructions()).toContain('into this language: French.');
		expect(instructions()).toContain('placeholders such as {{name}}');
	});

	test('says language, tone and glossary to the model', async () => {
		const values = [{ term: 'invoice', translation: 'facture' }, { term: 'n8n' }, { term: '' }];
		await translate({ sourceLanguage: 'English', tone: 'formal', glossary: { values } });
		expect(instructions()).toContain('They are written in: English.');
		expect(instructions()).toContain('Address the reader formally.');
		expect(instructions()).toContain('- "invoice": "facture"\n- "n8n": "n8n"\n');
	});

	test('returns the language as well, from JSON', async () => {
		server.behave(() => ok({ text: '{"detectedLanguage": "en", "translation": "Un texte."}' }));
		expect(await translate({}, { options: { returnLanguage: true } })).toMatchObject({
			translation: 'Un texte.',
			detectedLanguage: 'en',
		});
	});

	test('needs a language', async () => {
		expect(await translate({ targetLanguage: '={{ $json.missing }}' })).toMatchObject({
			error: 'There is no language to translate into',
			details: { parameter: 'Target Language' },
		});
		expect(server.requests).toEqual([]);
	});
});

describe('Analyze Sentiment', () => {
	const analyze = (parameters: INodeParameters = {}, run: ChatGptRun = {}) =>
		write('analyzeSentiment', parameters, run);
	const says = (...replies: unknown[]) =>
		server.behave(({ index }) => ok({ text: JSON.stringify(replies[Math.min(index, replies.length - 1)]) }));

	test('returns one of three with a score', async () => {
		says({ sentiment: 'Negative', score: -0.7 });
		expect(await analyze()).toMatchObject({
			sentiment: 'negative',
			score: -0.7,
			warnings: [{ message: 'The model said "Negative", which was taken as "negative".' }],
		});
	});

	test('takes words of the user, in a list or a text, without a score', async () => {
		says({ sentiment: 'angry' });
		for (const sentiments of ['angry, calm', '={{ ["angry", "calm"] }}']) {
			expect(await analyze({ sentiments, includeScore: false })).toMatchObject({ sentiment: 'angry' });
		}
		expect(sent(server.requests[1]!).response_format!.json_schema.schema).toMatchObject({
			properties: { sentiment: { enum: ['angry', 'calm'] } },
			required: ['sentiment'],
		});
	});

	test('asks again about a score out of range, and about other words', async () => {
		says(
			{ sentiment: 'neutral', score: 7 },
			{ sentiment: 'mixed', score: 0 },
			{ sentiment: 'neutral', score: 0 },
		);
		expect(await analyze({}, { options: { repairAttempts: 2 } })).toMatchObject({
			sentiment: 'neutral',
			attempts: 3,
		});
	});

	test('needs two words to choose from', async () => {
		expect(await analyze({ sentiments: 'good' })).toMatchObject({
			error: 'Sentiments needs at least two entries to choose from',
			details: { parameter: 'Sentiments' },
		});
	});
});
