import type { IDataObject } from 'n8n-workflow';
import { call } from '../../playground/n8nApi';
import { fail, notJson, redirect, wrongKey } from '../support/faultServer';
import {
	API_KEY,
	chatGptCredential,
	figure,
	getAsEditor,
	nodeCredentials,
	signInToN8n,
	testCredential,
} from './support/n8n';
import { useServerStarter } from './support/useN8n';

jest.setTimeout(60_000);

const session = signInToN8n();
const startServer = useServerStarter();

const testConnection = async (data: IDataObject) =>
	await testCredential(session, await chatGptCredential(session, data));

test('the connection test passes with and without a slash at the end of the address', async () => {
	const server = await startServer();
	expect(await testConnection({ baseUrl: server.baseUrl })).toMatchObject({ status: 'OK' });
	expect(await testConnection({ baseUrl: `${server.baseUrl}/` })).toMatchObject({ status: 'OK' });
	expect(server.otherRequests[0]?.headers.authorization).toBe(`Bearer ${API_KEY}`);
});

test('the connection test passes for an Azure deployment', async () => {
	const server = await startServer();
	const result = await testConnection({
		apiType: 'azure',
		deploymentUrl: `${server.url}/openai/deployments/my-gpt`,
		apiVersion: '2024-10-21',
	});
	expect(result).toMatchObject({ status: 'OK' });
	const [request] = server.otherRequests;
	expect(request?.path).toBe('/openai/models');
	expect(request?.query.get('api-version')).toBe('2024-10-21');
	expect(request?.headers['api-key']).toBe(API_KEY);
});

test('the connection test passes without a models list only when it is told that there is none', async () => {
	const { baseUrl } = await startServer({ models: null });
	expect(await testConnection({ baseUrl, hasModelsList: false })).toMatchObject({ status: 'OK' });
	const result = await testConnection({ baseUrl });
	expect(result).toMatchObject({
		status: 'Error',
		message: expect.stringContaining('has no models list at this address (404)'),
	});
	figure(`No models list: "${result.message}"`);
});

test.each([
	['a wrong key', wrongKey(), 'refused the API key (401)'],
	['a key without rights', fail({ status: 403, shape: 'openai' }), 'forbids its use here (403)'],
	['a web page', notJson(), 'answered with a web page instead of a list of models'],
])('the connection test says what is wrong with %s', async (_name, models, message) => {
	const { baseUrl } = await startServer({ models });
	const result = await testConnection({ baseUrl });
	expect(result).toMatchObject({ status: 'Error', message: expect.stringContaining(message) });
	expect(result.message).not.toContain(API_KEY);
	figure(`"${result.message}"`);
});

test('the connection test does not take the key to where a redirect points', async () => {
	const elsewhere = await startServer();
	const models = redirect({ status: 302, location: `${elsewhere.baseUrl}/models` });
	const { baseUrl } = await startServer({ models });
	expect(await testConnection({ baseUrl })).toMatchObject({ status: 'Error' });
	expect(elsewhere.otherRequests).toHaveLength(0);
});

test('the connection test says that an address with ftp:// does not start as it must', async () => {
	const result = await testConnection({ baseUrl: 'ftp://example.com/v1' });
	expect(result).toMatchObject({
		status: 'Error',
		message: expect.stringContaining('does not start with http:// or https://'),
	});
	figure(`"${result.message}"`);
});

/** What the editor asks for when the list of the field Model is opened, from a server. */
async function modelList(baseUrl: string): Promise<(filter?: string) => Promise<string[]>> {
	const credential = await chatGptCredential(session, { baseUrl });
	return async (filter) => {
		const { results } = await call<{ results: Array<{ value: string }> }>(
			session,
			'POST',
			'/dynamic-node-parameters/resource-locator-results',
			{
				nodeTypeAndVersion: { name: 'n8n-nodes-chatgpt.chatGpt', version: 1 },
				methodName: 'searchModels',
				path: 'parameters.model',
				currentNodeParameters: {},
				credentials: nodeCredentials(credential),
				filter,
			},
		);
		return results.map(({ value }) => value);
	};
}

test('the model list shows what the server has: chat models first, newest first, filtered', async () => {
	const { baseUrl } = await startServer({
		models: [
			{ id: 'text-embedding-9', created: 900 },
			{ id: 'gpt-old', created: 100 },
			{ id: 'gpt-new', created: 200 },
			{ id: 'other-chat', created: 150 },
		],
	});
	const list = await modelList(baseUrl);
	expect(await list()).toEqual(['gpt-new', 'other-chat', 'gpt-old', 'text-embedding-9']);
	expect(await list('GPT')).toEqual(['gpt-new', 'gpt-old']);
});

test('a model list that fails says in how many attempts', async () => {
	const { baseUrl } = await startServer({ models: fail({ status: 500, message: 'Boom' }) });
	const list = await modelList(baseUrl);
	await expect(list()).rejects.toThrow(/The server failed in 2 attempts: Boom/);
});

test('the editor gets the node, the tool made of it, and a preview of its output', async () => {
	const nodes = (await getAsEditor(session, '/types/nodes.json')) as Array<{ name: string }>;
	const ours = nodes.map(({ name }) => name).filter((name) => name.startsWith('n8n-nodes-chatgpt.'));
	expect(ours.sort()).toEqual(['n8n-nodes-chatgpt.chatGpt', 'n8n-nodes-chatgpt.chatGptTool']);
	expect(
		await getAsEditor(session, '/schemas/n8n-nodes-chatgpt.chatGpt/1.0.0/chat/complete.json'),
	).toMatchObject({
		properties: { text: { type: 'string' } },
	});
});
