import { createTransport, type Transport } from '../../client/http/transport';
import { connect, failureOf, KEY, options } from '../support/clientCalls';
import { fail, json, notJson, wrongKey, type ModelsAnswer } from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';

const LLAMA = 'meta-llama/Llama-3.3-70B-Instruct';
const models = [{ id: 'gpt-4.1', created: 1744316542, shutdown_date: '2027-01-31' }, { id: LLAMA }];

let answer: ModelsAnswer;
const server = useFaultServer({ models: () => answer });
beforeEach(() => {
	answer = models;
});

test('a model is asked for by its ID', async () => {
	const { model, failedAttempts } = await connect(server).getModel('gpt-4.1', options());
	expect(model).toEqual({
		id: 'gpt-4.1',
		created: 1744316542,
		ownedBy: 'system',
		shutdownDate: '2027-01-31',
		raw: { object: 'model', owned_by: 'system', ...models[0] },
	});
	expect(failedAttempts).toEqual([]);
	expect(server.otherRequests).toMatchObject([{ method: 'GET', path: '/v1/models/gpt-4.1' }]);
	expect(server.otherRequests[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
});

test('a slash in the ID of a model is part of the name, not of the path', async () => {
	const { model } = await connect(server).getModel(LLAMA, options());
	expect(model.id).toBe(LLAMA);
	expect(server.otherRequests.map(({ path }) => path)).toEqual([
		'/v1/models/meta-llama%2FLlama-3.3-70B-Instruct',
	]);
});

test('a server that cannot take a slash in the ID is asked for the list', async () => {
	const direct = createTransport();
	// As a proxy in between does.
	const decoding: Transport = {
		async send(request) {
			const url = new URL(request.url);
			url.pathname = decodeURIComponent(url.pathname);
			return await direct.send({ ...request, url });
		},
	};
	const client = connect(server, { transport: decoding });
	const { model, failedAttempts } = await client.getModel(LLAMA, options());
	expect(model.id).toBe(LLAMA);
	expect(failedAttempts).toEqual([{ status: 404, waitedMs: 0 }]);
	expect(server.otherRequests.map(({ path }) => path)).toEqual([`/v1/models/${LLAMA}`, '/v1/models']);
	expect((await failureOf(client.getModel('no/such', options()))).kind).toBe('unknown_model');
});

test('a server that has only a list is asked for the list', async () => {
	const direct = createTransport();
	const listOnly: Transport = {
		async send(request) {
			const url = new URL(request.url);
			if (url.pathname !== '/v1/models') url.pathname = '/nowhere';
			return await direct.send({ ...request, url });
		},
	};
	const client = connect(server, { transport: listOnly });
	expect((await client.getModel('gpt-4.1', options())).model.id).toBe('gpt-4.1');
	expect((await failureOf(client.getModel('gpt-0', options()))).kind).toBe('unknown_model');
});

test('one total time-out holds for both requests for an ID with a slash', async () => {
	answer = fail({ status: 404, latencyMs: 250 });
	const failure = await failureOf(
		connect(server).getModel(LLAMA, options({ totalTimeoutMs: 400, maxRetries: 0 })),
	);
	expect(failure).toMatchObject({ kind: 'timeout', details: { code: 'TOTAL_TIMEOUT' } });
});

test('a model of Azure is asked for above the deployments', async () => {
	const deploymentUrl = `${server.url}/openai/deployments/gpt`;
	const azure = connect(server, { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
	await azure.getModel('gpt-4.1', options());
	expect(server.otherRequests[0]!.path).toBe('/openai/models/gpt-4.1');
	expect(server.otherRequests[0]!.query.get('api-version')).toBe('2024-10-21');
});

test.each([
	{ name: 'a wrong key', behaviour: wrongKey(), kind: 'refused_key', requests: 1 },
	{ name: 'a 500', behaviour: fail({ status: 500 }), kind: 'server', requests: 3 },
	{ name: 'a 429', behaviour: fail({ status: 429 }), kind: 'rate_limit', requests: 3 },
	{ name: 'no JSON', behaviour: notJson(), kind: 'bad_reply', requests: 3 },
	{ name: 'a list', behaviour: json(200, { data: [] }), kind: 'bad_reply', requests: 3 },
] as const)('a model that meets $name fails as $kind', async ({ behaviour, kind, requests }) => {
	answer = behaviour;
	const failure = await failureOf(connect(server).getModel('gpt-4.1', options()));
	expect(failure.kind).toBe(kind);
	expect(failure.attempts).toHaveLength(requests);
	expect(JSON.stringify([failure.message, failure.details])).not.toContain(KEY);
});

test('a model that the server does not have is an unknown_model', async () => {
	const failure = await failureOf(connect(server).getModel('gpt-0', options()));
	expect(failure).toMatchObject({ kind: 'unknown_model', attempts: [{ status: 404 }] });
	expect(server.otherRequests).toHaveLength(1);
});
