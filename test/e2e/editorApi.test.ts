import type { IDataObject } from 'n8n-workflow';
import { call, type Session } from '../../playground/n8nApi';
import {
	fail,
	notJson,
	redirect,
	startFaultServer,
	wrongKey,
	type FaultServer,
} from '../support/faultServer';
import { API_KEY, chatGptCredential, figure, signInToN8n, testCredential } from './support/n8n';

jest.setTimeout(60_000);

let session: Session;
beforeAll(() => {
	session = signInToN8n();
});

async function withServer<T>(
	options: Parameters<typeof startFaultServer>[0],
	use: (server: FaultServer) => Promise<T>,
) {
	const server = await startFaultServer(options);
	try {
		return await use(server);
	} finally {
		await server.close();
	}
}

describe('the connection test of the credential', () => {
	const connectionTest = async (data: IDataObject) =>
		await testCredential(session, await chatGptCredential(session, data));

	test('passes, whatever the slashes', async () => {
		await withServer({}, async (server) => {
			expect(await connectionTest({ baseUrl: server.baseUrl })).toMatchObject({ status: 'OK' });
			expect(await connectionTest({ baseUrl: `${server.baseUrl}/` })).toMatchObject({ status: 'OK' });
			expect(server.otherRequests[0]?.headers.authorization).toBe(`Bearer ${API_KEY}`);
		});
	});

	test('passes for an Azure deployment', async () => {
		await withServer({}, async (server) => {
			const result = await connectionTest({
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
	});

	test('passes for a server without a models list when told so, and fails when not', async () => {
		await withServer({ models: null }, async (server) => {
			expect(await connectionTest({ baseUrl: server.baseUrl, hasModelsList: false })).toMatchObject({
				status: 'OK',
			});
			const result = await connectionTest({ baseUrl: server.baseUrl });
			expect(result).toMatchObject({
				status: 'Error',
				message: expect.stringContaining('has no models list at this address (404)'),
			});
			figure(`No models list: "${result.message}"`);
		});
	});

	test.each([
		['a wrong key', wrongKey(), 'refused the API key (401)'],
		['a key without rights', fail({ status: 403, shape: 'openai' }), 'forbids its use here (403)'],
		['a web page', notJson(), 'answered with a web page instead of a list of models'],
	])('says what is wrong: %s', async (_name, models, message) => {
		await withServer({ models }, async (server) => {
			const result = await connectionTest({ baseUrl: server.baseUrl });
			expect(result).toMatchObject({ status: 'Error', message: expect.stringContaining(message) });
			expect(result.message).not.toContain(API_KEY);
			figure(`"${result.message}"`);
		});
	});

	test('does not take the key to where a redirect points', async () => {
		await withServer({}, async (elsewhere) => {
			await withServer(
				{ models: redirect({ status: 302, location: `${elsewhere.baseUrl}/models` }) },
				async (server) => {
					expect(await connectionTest({ baseUrl: server.baseUrl })).toMatchObject({ status: 'Error' });
					expect(elsewhere.otherRequests).toHaveLength(0);
				},
			);
		});
	});

	test('says that an address is none', async () => {
		const result = await connectionTest({ baseUrl: 'ftp://example.com/v1' });
		expect(result).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('does not start with http:// or https://'),
		});
		figure(`"${result.message}"`);
	});
});

test('the model list shows what the server has: chat models first, newest first, filtered', async () => {
	const models = [
		{ id: 'text-embedding-9', created: 900 },
		{ id: 'gpt-old', created: 100 },
		{ id: 'gpt-new', created: 200 },
		{ id: 'other-chat', created: 150 },
	];
	await withServer({ models }, async (server) => {
		const credential = await chatGptCredential(session, { baseUrl: server.baseUrl });
		const list = async (filter?: string) =>
			(
				await call<{ results: Array<{ value: string }> }>(
					session,
					'POST',
					'/dynamic-node-parameters/resource-locator-results',
					{
						nodeTypeAndVersion: { name: 'n8n-nodes-chatgpt.chatGpt', version: 1 },
						methodName: 'searchModels',
						path: 'parameters.model',
						currentNodeParameters: {},
						credentials: { chatGptApi: { id: credential.id, name: credential.name } },
						filter,
					},
				)
			).results.map(({ value }) => value);
		expect(await list()).toEqual(['gpt-new', 'other-chat', 'gpt-old', 'text-embedding-9']);
		expect(await list('GPT')).toEqual(['gpt-new', 'gpt-old']);
	});
});

test('the editor gets the node, the tool made of it, and a preview of its output', async () => {
	const nodes = (await (
		await fetch(`${session.url}/types/nodes.json`, {
			headers: { cookie: session.cookie, 'browser-id': session.browserId },
		})
	).json()) as Array<{ name: string }>;
	const ours = nodes.map(({ name }) => name).filter((name) => name.startsWith('n8n-nodes-chatgpt.'));
	expect(ours.sort()).toEqual(['n8n-nodes-chatgpt.chatGpt', 'n8n-nodes-chatgpt.chatGptTool']);
	const schema = await fetch(`${session.url}/schemas/n8n-nodes-chatgpt.chatGpt/1.0.0/chat/complete.json`, {
		headers: { cookie: session.cookie, 'browser-id': session.browserId },
	});
	expect(await schema.json()).toMatchObject({ properties: { text: { type: 'string' } } });
});
