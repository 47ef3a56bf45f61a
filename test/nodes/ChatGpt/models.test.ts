import { LLMock } from '@copilotkit/aimock';
import type { INodeParameters } from 'n8n-workflow';
import {
	API_KEY,
	CONTINUE,
	numberedItems,
	runChatGpt,
	type ChatGptRun,
	onlyItem,
} from '../../support/chatGptRun';
import { fail, startFaultServer, wrongKey } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const LLAMA = 'meta-llama/Llama-3.3-70B-Instruct';
const models = [
	{ id: 'gpt-4.1', created: 1744316542, shutdown_date: '2027-01-31' },
	{ id: 'whisper-1', created: 1677532384, owned_by: 'openai-internal' },
	{ id: LLAMA, created: 1733443200, owned_by: 'meta' },
	{ id: 'gpt-4.1-mini', created: 1744318173 },
];

const server = useFaultServer({ models });

const modelRun = async ({ parameters, ...run }: ChatGptRun, at: { baseUrl: string } = server) =>
	await runChatGpt(at, { ...run, parameters: { resource: 'model', ...parameters } });
const getMany = async (parameters: INodeParameters = {}, run: ChatGptRun = {}, at?: { baseUrl: string }) =>
	await modelRun({ ...run, parameters: { operation: 'getAll', ...parameters } }, at);
const get = async (id: string, run: ChatGptRun = {}) =>
	await modelRun({
		...run,
		parameters: { operation: 'get', modelId: { __rl: true, mode: 'id', value: id } },
	});

test('Get Many gives an item for each model, those for chats first', async () => {
	const { output } = await getMany({ returnAll: true });
	expect(output('ChatGPT').map(({ json }) => json)).toEqual([
		{ id: 'gpt-4.1-mini', created: '2025-04-10T20:49:33.000Z', ownedBy: 'system' },
		{ id: 'gpt-4.1', created: '2025-04-10T20:22:22.000Z', ownedBy: 'system', shutdownDate: '2027-01-31' },
		{ id: LLAMA, created: '2024-12-06T00:00:00.000Z', ownedBy: 'meta' },
		{ id: 'whisper-1', created: '2023-02-27T21:13:04.000Z', ownedBy: 'openai-internal' },
	]);
	expect(output('ChatGPT').map(({ pairedItem }) => pairedItem)).toEqual(Array(4).fill({ item: 0 }));
});

test.each<[string, INodeParameters, string[]]>([
	['a limit', { limit: 2 }, ['gpt-4.1-mini', 'gpt-4.1']],
	[
		'return all in place of a limit',
		{ returnAll: true, limit: 1 },
		['gpt-4.1-mini', 'gpt-4.1', LLAMA, 'whisper-1'],
	],
	['a part of the ID', { filters: { idContains: 'LLAMA' } }, [LLAMA]],
	['only chat models', { filters: { onlyChat: true } }, ['gpt-4.1-mini', 'gpt-4.1', LLAMA]],
	[
		'only chat models, turned off',
		{ filters: { onlyChat: false } },
		['gpt-4.1-mini', 'gpt-4.1', LLAMA, 'whisper-1'],
	],
	['a part of the ID that none has', { filters: { idContains: 'x-1000' } }, []],
])('Get Many heeds %s', async (_name, parameters, ids) => {
	const { output } = await getMany(parameters);
	expect(output('ChatGPT').map(({ json }) => json.id)).toEqual(ids);
});

test('Get Many asks once per item', async () => {
	const { output, hints } = await getMany({ limit: 1 }, { items: numberedItems(3) });
	expect(output('ChatGPT').map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 1 },
		{ item: 2 },
	]);
	expect(server.otherRequests.map(({ path }) => path)).toEqual(Array(3).fill('/v1/models'));
	expect(hints('ChatGPT')[0]?.message).toBe('3 items: 3 answered, 0 failed.');
});

test('Get Many with Simplify off gives what the API says of a model', async () => {
	const item = onlyItem(await getMany({ limit: 1 }, { options: { simplify: false } }));
	expect(item).toEqual({
		id: 'gpt-4.1-mini',
		object: 'model',
		created: 1744318173,
		owned_by: 'system',
	});
});

test('Get gives a model by its ID, with slashes as well', async () => {
	const { output } = await get('={{ $json.id }}', {
		items: [{ json: { id: 'gpt-4.1' } }, { json: { id: LLAMA } }],
		options: { includeInputFields: true, outputField: 'model', maxConcurrentRequests: 1 },
	});
	expect(output('ChatGPT').map(({ json }) => json)).toMatchObject([
		{ id: 'gpt-4.1', model: { shutdownDate: '2027-01-31' } },
		{ id: LLAMA, model: { id: LLAMA, ownedBy: 'meta' } },
	]);
	expect(server.otherRequests.map(({ path }) => path)).toEqual([
		'/v1/models/gpt-4.1',
		'/v1/models/meta-llama%2FLlama-3.3-70B-Instruct',
	]);
});

test('an unknown model is an error with what the server says', async () => {
	const { error } = await get('gpt-0');
	expect(error?.message).toBe(
		"The server does not know this model, or the key may not use it: The model 'gpt-0' does not exist",
	);
});

test('an ID that was cut within an emoji is named before anything is asked', async () => {
	const item = onlyItem(
		await get('={{ $json.id }}', { items: [{ json: { id: 'gpt\ud83d' } }], node: CONTINUE }),
	);
	expect(item).toEqual({
		error: 'Model holds half a character, as when a text is cut within an emoji',
		details: {
			parameter: 'Model',
			hint: 'Correct Model, or the expression that cuts it',
			itemAtFault: true,
		},
	});
	expect(server.otherRequests).toEqual([]);
});

test('a failed list of models goes where On Error says, and holds no key', async () => {
	const refusing = await startFaultServer({ models: wrongKey() });
	const { output, run } = await getMany({}, { node: { onError: 'continueErrorOutput' } }, refusing);
	expect(output('ChatGPT')).toEqual([]);
	expect(output('ChatGPT', 1)[0]!.json.error).toMatch(/^The API refused the key/);
	expect(JSON.stringify(run)).not.toContain(API_KEY);
	await refusing.close();
});

test('a failed list of models is retried as often as the option says', async () => {
	const failing = await startFaultServer({ models: fail({ status: 500 }) });
	const { error } = await getMany({}, { options: { maxRetries: 1 } }, failing);
	expect(error?.message).toMatch(/^The server failed in 2 attempts/);
	expect(failing.otherRequests).toHaveLength(2);
	await failing.close();
});

test('aimock, an API made by others, gives a list of models', async () => {
	const mock = new LLMock({ host: '127.0.0.1', port: 0 });
	mock.on({ model: 'gpt-4.1-mini', endpoint: 'chat' }, { content: 'Hi' });
	const baseUrl = `${await mock.start()}/v1`;
	try {
		const { output, error } = await getMany({ returnAll: true }, {}, { baseUrl });
		expect(error).toBeUndefined();
		expect(output('ChatGPT').map(({ json }) => json.id)).toContain('gpt-4.1-mini');
	} finally {
		await mock.stop();
	}
});
