import type { INodeParameters } from 'n8n-workflow';
import { CONTINUE, type ChatGptRun, onlyItem, readAlong } from '../../../support/chatGptRun';
import { ok, refused, streamed } from '../../../support/faultServer';
import { answerJsonInTurn, runText, sent, texts } from '../../../support/textRun';
import { useFaultServer } from '../../../support/useFaultServer';

const server = useFaultServer();
beforeEach(() => {
	server.behave(() => ok({ text: ' A short text.\n' }));
});

async function write(operation: string, parameters: INodeParameters, run: ChatGptRun = {}) {
	const { output, error } = await runText(server, operation, parameters, {
		items: texts('A long text.'),
		node: CONTINUE,
		...run,
	});
	expect(error).toBeUndefined();
	return onlyItem({ output });
}
const instructions = () => sent(server.lastRequest()).messages[0]!.content;

describe('Summarize', () => {
	const summarize = (parameters: INodeParameters = {}, run: ChatGptRun = {}) =>
		write('summarize', parameters, run);

	test('Summarize returns a plain text', async () => {
		expect(await summarize()).toMatchObject({ summary: 'A short text.', attempts: 1, warnings: [] });
		expect(Object.keys(sent(server.lastRequest())).sort()).toEqual(['messages', 'model']);
		expect(instructions()).toContain('Write in the language of the text.');
	});

	test('Summarize does not cache an empty reply', async () => {
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
	])('Summarize tells the model what the parameters %j mean', async (parameters, said) => {
		await summarize(parameters);
		expect(instructions()).toContain(said);
	});

	test.each([
		{
			name: 'cut by the limit of tokens',
			behaviour: ok({ text: 'Half a', finishReason: 'length' }),
			error: 'The reply reached the limit of tokens before it was complete',
			details: { code: 'LENGTH', text: 'Half a', usage: expect.any(Object) as object },
		},
		{
			name: 'stopped by a filter',
			behaviour: ok({ text: 'Half a', finishReason: 'content_filter' }),
			error: "The provider's content filter stopped the reply before it was complete",
			details: { code: 'CONTENT_FILTER' },
		},
		{
			name: 'refused',
			behaviour: refused('I must not.'),
			error: 'The model declined to answer: I must not',
			details: { code: 'REFUSAL' },
		},
		{
			name: 'empty',
			behaviour: ok({ text: ' ' }),
			error: 'The reply of the model is empty',
			details: { code: 'EMPTY_REPLY' },
		},
	])(
		'Summarize gives an error in place of half a summary when the reply is $name',
		async ({ behaviour, error, details }) => {
			server.behave(() => behaviour);
			const item = await summarize();
			expect(item).toMatchObject({ error, details });
			expect((item.details as { attempts: object[] }).attempts).toEqual([
				{ status: 200, code: details.code },
			]);
			expect(server.stats.requests).toBe(1);
		},
	);

	test('Summarize counts what was cut as failed, with its tokens', async () => {
		server.behave(() => ok({ text: 'Half a', finishReason: 'length' }));
		const { hints } = await runText(server, 'summarize', {}, { items: texts('a', 'b'), node: CONTINUE });
		expect(hints('ChatGPT')[0]!.message).toMatch(/^2 items: 0 answered, 2 failed; .* 4 completion tokens/);
	});

	test('Summarize does not pay again for what was cut when n8n tries again', async () => {
		server.behave(() => ok({ text: 'Half a', finishReason: 'length' }));
		const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
		const { error } = await runText(server, 'summarize', {}, { items: texts('a'), node });
		expect(error?.message).toBe('The reply reached the limit of tokens before it was complete');
		expect(server.stats.requests).toBe(1);
	});

	test('Summarize asks again after an empty reply when n8n tries again', async () => {
		server.behave(({ index }) => ok({ text: index === 0 ? '' : 'A short text.' }));
		const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
		const { error, output } = await runText(server, 'summarize', {}, { items: texts('a'), node });
		expect(error).toBeUndefined();
		expect(onlyItem({ output })).toMatchObject({ summary: 'A short text.' });
		expect(server.stats.requests).toBe(2);
	});

	test.each([
		['cut', ok({ text: 'Half a', finishReason: 'length' }), 'LENGTH'],
		['filtered', ok({ text: 'Half a', finishReason: 'content_filter' }), 'CONTENT_FILTER'],
		['refused', refused('I must not.'), 'REFUSAL'],
	])('Summarize does not keep what was %s for other runs', async (_name, behaviour, code) => {
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

	test('Summarize shows a streaming caller the summary while it is being written', async () => {
		const caller = readAlong();
		server.behave(() => streamed({ text: 'word '.repeat(40), pieces: 8, everyMs: 20 }));
		await summarize({}, { onChunk: caller.onChunk });
		expect(caller.pieces().length).toBeGreaterThan(1);
		expect(caller.text()).toBe('word '.repeat(40));
		expect(sent(server.lastRequest()).stream).toBe(true);
	});
});

describe('Translate', () => {
	const translate = (parameters: INodeParameters = {}, run: ChatGptRun = {}) =>
		write('translate', { targetLanguage: 'French', ...parameters }, run);

	test('Translate returns a plain text', async () => {
		expect(await translate()).toMatchObject({ translation: 'A short text.' });
		expect(sent(server.lastRequest())).not.toHaveProperty('response_format');
		expect(instructions()).toContain('into this language: French.');
		expect(instructions()).toContain('placeholders such as {{name}}');
	});

	test('Translate tells the model language, tone and glossary', async () => {
		const values = [{ term: 'invoice', translation: 'facture' }, { term: 'n8n' }, { term: '' }];
		await translate({ sourceLanguage: 'English', tone: 'formal', glossary: { values } });
		expect(instructions()).toContain('They are written in: English.');
		expect(instructions()).toContain('Address the reader formally.');
		expect(instructions()).toContain('- "invoice": "facture"\n- "n8n": "n8n"\n');
	});

	test('Translate returns the language as well when asked to, from JSON', async () => {
		server.behave(() => ok({ text: '{"detectedLanguage": "en", "translation": "Un texte."}' }));
		expect(await translate({}, { options: { returnLanguage: true } })).toMatchObject({
			translation: 'Un texte.',
			detectedLanguage: 'en',
		});
	});

	test('Translate fails without a target language before anything is sent', async () => {
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
	test('Analyze Sentiment returns one of three words with a score', async () => {
		answerJsonInTurn(server, { sentiment: 'Negative', score: -0.7 });
		expect(await analyze()).toMatchObject({
			sentiment: 'negative',
			score: -0.7,
			warnings: [{ message: 'The model said "Negative", which was taken as "negative".' }],
		});
	});

	test('Analyze Sentiment takes words of the user, in a list or a text, without a score', async () => {
		answerJsonInTurn(server, { sentiment: 'angry' });
		for (const sentiments of ['angry, calm', '={{ ["angry", "calm"] }}']) {
			expect(await analyze({ sentiments, includeScore: false })).toMatchObject({ sentiment: 'angry' });
		}
		expect(sent(server.lastRequest()).response_format!.json_schema.schema).toMatchObject({
			properties: { sentiment: { enum: ['angry', 'calm'] } },
			required: ['sentiment'],
		});
	});

	test('Analyze Sentiment asks again about a score out of range, and about other words', async () => {
		answerJsonInTurn(
			server,
			{ sentiment: 'neutral', score: 7 },
			{ sentiment: 'mixed', score: 0 },
			{ sentiment: 'neutral', score: 0 },
		);
		expect(await analyze({}, { options: { repairAttempts: 2 } })).toMatchObject({
			sentiment: 'neutral',
			attempts: 3,
		});
	});

	test('Analyze Sentiment fails unless there are two words to choose from', async () => {
		expect(await analyze({ sentiments: 'good' })).toMatchObject({
			error: 'Sentiments needs at least two entries to choose from',
			details: { parameter: 'Sentiments' },
		});
	});
});
