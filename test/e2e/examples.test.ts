import type { IDataObject } from 'n8n-workflow';
import type { Execution, Workflow } from '../../playground/n8nApi';
import { startStandInApi } from '../../playground/standInApi';
import { fail, ok } from '../support/faultServer';
import { textCompletion } from '../support/textCompletion';
import { importExample, publishExample, readExample, runByHand } from './support/examples';
import { chatGptCredential, lastExecution, post, signInToN8n } from './support/n8n';
import { useForFile } from './support/useForFile';
import { useServerStarter } from './support/useN8n';

// The examples that no other file runs, as users import them.

jest.setTimeout(120_000);

interface ChatRequest {
	messages: object[];
	response_format: { json_schema: object };
}

const session = signInToN8n();
const api = useForFile(startStandInApi, (started) => started.stop());
const startServer = useServerStarter();

async function importNamed(name: string, { baseUrl }: { baseUrl: string } = api): Promise<Workflow> {
	const credential = await chatGptCredential(session, { baseUrl });
	return await importExample(session, readExample(name), [credential]);
}

async function run(workflow: Workflow): Promise<Execution> {
	await runByHand(session, workflow);
	return await waitForEnd(workflow);
}

async function waitForEnd({ id }: Workflow, after?: string): Promise<Execution> {
	const execution = await lastExecution(session, id, after);
	expect(execution.data.resultData.error).toBeUndefined();
	expect(execution.status).toBe('success');
	return execution;
}

/** What a node gave; undefined if it was not reached. */
function readOutput({ data }: Execution, node: string): IDataObject[] | undefined {
	return data.resultData.runData[node]?.[0]?.data?.main?.[0]?.map(({ json }) => json);
}

test('the sample text-jobs does its four jobs on one letter', async () => {
	const execution = await run(await importNamed('text-jobs'));
	const facts = { customerName: 'Ada Example', orderNumber: 'A-1234', deliveredOn: '2026-11-18' };
	expect(readOutput(execution, 'Facts')).toMatchObject([{ ...facts, wantsRefund: false, warnings: [] }]);
	expect(readOutput(execution, 'In one sentence')).toMatchObject([
		{ summary: 'Hello, my name is Ada Example.' },
	]);
	expect(readOutput(execution, 'In German')).toMatchObject([
		{ translation: expect.stringContaining('into German:) Hello, my name is Ada Example.') as string },
	]);
	expect(readOutput(execution, 'Mood')).toMatchObject([{ sentiment: 'neutral', score: 0 }]);
});

test('the sample compare-models asks each model once, and one that fails leaves the others their answers', async () => {
	// In the order of their age, as at OpenAI; a version that is dated is the same model again.
	const models = ['gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-5-mini', 'gpt-4.1-transcribe'].flatMap(
		(id, index) => [
			{ id, created: 1744316542 + index * 100 },
			{ id: `${id}-2025-04-14`, created: 1744316541 + index * 100 },
		],
	);
	const behave = ({ body: { model } }: { body: { model: string } }) =>
		model === 'gpt-4.1-mini' ? fail({ status: 403, message: 'Not yours.' }) : ok({ text: `I am ${model}` });
	const server = await startServer({ models, behave });
	const execution = await run(await importNamed('compare-models', server));
	const asked = { milliseconds: expect.any(Number) as number, costUsd: null };
	expect(readOutput(execution, 'Side by side')).toEqual([
		{ model: 'gpt-4.1-nano', says: 'I am gpt-4.1-nano', ...asked },
		{
			model: 'gpt-4.1-mini',
			says: 'The API key may not be used for this request: Not yours',
			milliseconds: null,
			costUsd: null,
		},
		{ model: 'gpt-4.1', says: 'I am gpt-4.1', ...asked },
	]);
	expect(server.requests).toHaveLength(3);
});

test('the sample older-completions continues two beginnings in two ways each, with one request', async () => {
	const text = (prompt: string, choice: number) => ` ${/\w+ shop/.exec(prompt)![0]} ${choice + 1}`;
	const server = await startServer({ behave: (request) => textCompletion(request, { text }) });
	const execution = await run(await importNamed('older-completions', server));
	expect(readOutput(execution, 'ChatGPT')).toMatchObject([
		{
			prompt: 'A tagline for an ice cream shop:',
			text: ' cream shop 1',
			choices: [{ text: ' cream shop 1' }, { text: ' cream shop 2' }],
			usage: { totalTokens: 40 },
		},
		{
			prompt: 'A tagline for a bicycle shop:',
			text: ' bicycle shop 1',
			choices: [{ text: ' bicycle shop 1' }, { text: ' bicycle shop 2' }],
		},
	]);
	expect(server.requests.map(({ body }) => body as object)).toMatchObject([{ n: 2, max_tokens: 50 }]);
});

test('the sample moderation publishes a harmless comment and holds back a harmful one', async () => {
	const workflow = await importNamed('moderation');
	const url = await publishExample(session, workflow);
	let before: string | undefined;
	const taken = async (comment: string) => {
		const answer = (await (await post(url, { comment })).json()) as object;
		const execution = await waitForEnd(workflow, before);
		before = execution.id;
		const reached = ['Publish it', 'Hold it back'].filter((node) => readOutput(execution, node));
		return { answer, reached };
	};
	expect(await taken('What a nice picture!')).toEqual({
		answer: { published: true },
		reached: ['Publish it'],
	});
	expect(await taken('I will kill you.')).toEqual({
		answer: { published: false, because: ['violence'] },
		reached: ['Hold it back'],
	});
});

test('the sample structured-output makes fields of an e-mail, null where it says nothing', async () => {
	const broken = {
		topic: 'complaint',
		summary: 'The sender wants a new lamp by Friday.',
		orderNumber: 'A-1234',
		products: ['Aurora'],
		isUrgent: true,
	};
	const thanks = { topic: 'other', summary: 'Thanks.', orderNumber: null, products: [], isUrgent: false };
	const server = await startServer({
		behave: ({ rawBody }) => ok({ text: JSON.stringify(rawBody.includes('came broken') ? broken : thanks) }),
	});
	const workflow = await importNamed('structured-output', server);
	const url = await publishExample(session, workflow);
	const fieldsOf = async (text: string) => {
		const fields = (await (await post(url, { text })).json()) as object;
		await waitForEnd(workflow);
		return fields;
	};
	expect(await fieldsOf('My lamp Aurora from order A-1234 came broken.')).toMatchObject(broken);
	expect(await fieldsOf('Thank you!')).toMatchObject({ ...thanks, attempts: 1, warnings: [] });
	const { messages, response_format } = server.requests[1]!.body as ChatRequest;
	expect(messages.at(-1)).toEqual({ role: 'user', content: 'Thank you!' });
	expect(response_format.json_schema).toMatchObject({
		name: 'mail',
		strict: true,
		schema: { required: Object.keys(broken) },
	});
});
