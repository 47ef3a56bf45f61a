import { createTransport, type Transport } from '../../client/http/transport';
import { connect, failureOf, KEY, options } from '../support/clientCalls';
import { json, notJson, startFaultServer, wrongKey, fail, type FaultServer } from '../support/faultServer';

const LLAMA = 'meta-llama/Llama-3.3-70B-Instruct';
const models = [{ id: 'gpt-4.1', created: 1744316542, shutdown_date: '2027-01-31' }, { id: LLAMA }];

let server: FaultServer | undefined;
const start = async (given: Parameters<typeof startFaultServer>[0]) =>
	(server = await startFaultServer(given));
afterEach(() => server?.close());

test('a model is asked for by its ID', async () => {
	await start({ models });
	const { model, failedAttempts } = await connect(server!).getModel('gpt-4.1', options());
	expect(model).toEqual({
		id: 'gpt-4.1',
		created: 1744316542,
		ownedBy: 'system',
		shutdownDate: '2027-01-31',
		raw: { object: 'model', owned_by: 'system', ...models[0] },
	});
	expect(failedAttempts).toEqual([]);
	expect(server!.otherRequests).toMatchObject([{ method: 'GET', path: '/v1/models/gpt-4.1' }]);
	expect(server!.otherRequests[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
});

test('a slash in the ID is part of the name, not of the path', async () => {
	await start({ models });
	const { model } = await connect(server!).getModel(LLAMA, options());
	expect(model.id).toBe(LLAMA);
	expect(server!.otherRequests.map(({ path }) => path)).toEqual([
		'/v1/models/meta-llama%2FLlama-3.3-70B-Instruct',
	]);
});

test('of a server that cannot take the slash, the list tells', async () => {
	await start({ models });
	const direct = createTransport();
	// As a proxy in between does.
	const decoding: Transport = {
		async send(request) {
			const url = new URL(request.url);
			url.pathname = decodeURIComponent(url.pathname);
			return await direct.send({ ...request, url });
		},
	};
	const client = connect(server!, { transport: decoding });
	const { model, failedAttempts } = await client.getModel(LLAMA, options());
	expect(model.id).toBe(LLAMA);
	expect(failedAttempts).toEqual([{ status: 404, waitedMs: 0 }]);
	expect(server!.otherRequests.map(({ path }) => path)).toEqual([`/v1/models/${LLAMA}`, '/v1/models']);
	expect((await failureOf(client.getModel('no/such', options()))).kind).toBe('unknown_model');
});

test('of a server that has a list only, the list tells', async () => {
	await start({ models });
	const direct = createTransport();
	const listOnly: Transport = {
		async send(request) {
			const url = new URL(request.url);
			if (url.pathname !== '/v1/models') url.pathname = '/nowhere';
			return await direct.send({ ...request, url });
		},
	};
	const client = connect(server!, { transport: listOnly });
	expect((await client.getModel('gpt-4.1', options())).model.id).toBe('gpt-4.1');
	expect((await failureOf(client.getModel('gpt-0', options()))).kind).toBe('unknown_model');
});

test('a name with a slash has one time-out, though it may take two requests', async () => {
	await start({ models: fail({ status: 404, latencyMs: 250 }) });
	const failure = await failureOf(
		connect(server!).getModel(LLAMA, options({ totalTimeoutMs: 400, maxRetries: 0 })),
	);
	expect(failure).toMatchObject({ kind: 'timeout', details: { code: 'TOTAL_TIMEOUT' } });
});

test('of Azure it is asked for above the deployments', async () => {
	await start({ models });
	const deploymentUrl = `${server!.url}/openai/deployments/gpt`;
	const azure = connect(server!, { apiType: 'azure', deploymentUrl, apiVersion: '2024-10-21' });
	await azure.getModel('gpt-4.1', options());
	expect(server!.otherRequests[0]!.path).toBe('/openai/models/gpt-4.1');
	expect(server!.otherRequests[0]!.query.get('api-version')).toBe('2024-10-21');
});

test.each([
	['a wrong key', wrongKey(), 'authentication', 1],
	['500', fail({ status: 500 }), 'server', 3],
	['429', fail({ status: 429 }), 'rate_limit', 3],
	['no JSON', notJson(), 'bad_reply', 3],
	['a list', json(200, { data: [] }), 'bad_reply', 3],
] as const)('%s fails as a call does', async (_name, behaviour, kind, requests) => {
	await start({ models: behaviour });
	const failure = await failureOf(connect(server!).getModel('gpt-4.1', options()));
	expect(failure.kind).toBe(kind);
	expect(failure.attempts).toHaveLength(requests);
	expect(JSON.stringify([failure.message, failure.details])).not.toContain(KEY);
});

test('an unknown model is said to be one', async () => {
	await start({ models });
	const failure = await failureOf(connect(server!).getModel('gpt-0', options()));
	expect(failure).toMatchObject({ kind: 'unknown_model', attempts: [{ status: 404 }] });
	expect(server!.otherRequests).toHaveLength(1);
});
