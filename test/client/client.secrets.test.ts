import { inspect } from 'node:util';
import { connect, failureOf, KEY, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { Behaviour, FaultServer } from '../support/faultServer';

const { fail } = faults;

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

describe('secrets', () => {
	test.each(['openai', 'azure'] as const)('a key that %s echoes is not in the failure', async (apiType) => {
		server.behave(() => faults.wrongKey());
		const client = connect(server, { apiType, deploymentUrl: `${server.url}/openai/deployments/gpt` });
		const failure = await failureOf(client.completeChat(request(), options()));
		expect(failure.message).toBe(
			'Incorrect API key provided: [redacted]. You can find your API key at https://platform.openai.com/account/api-keys.',
		);
		// What a log would print: the stack too.
		expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(KEY);
	});

	test.each([
		['masked', `Incorrect API key provided: sk-proj-*****i789.`, 'Incorrect API key provided: [redacted]'],
		['its end', 'The key ending in Def456Ghi789 is revoked', 'The key ending in [redacted] is revoked'],
		['the value of an extra header', 'Unknown gate key gate-key-42!', 'Unknown gate key [redacted]'],
	])('an echo that is %s', async (_, message, redacted) => {
		server.behave(() => fail({ status: 401, message }));
		const client = connect(server, { headers: [{ name: 'X-Gate', value: 'gate-key-42!' }] });
		const failure = await failureOf(client.completeChat(request(), options()));
		expect(failure.message).toBe(redacted);
	});

	test.each([
		['HTML', fail({ status: 500, shape: 'html', message: `Bad ${KEY}` })],
		['another shape', fail({ status: 400, shape: 'foreign', message: `Bad ${KEY}` })],
		['a 200', faults.errorIn200({ message: `Bad ${KEY}` })],
	])('an echo in %s', async (_, behaviour) => {
		server.behave(() => behaviour);
		const failure = await failureOf(connect(server).completeChat(request(), options({ maxRetries: 0 })));
		expect(failure.message).toBe('Bad [redacted]');
	});

	test('an echo in the list of models', async () => {
		const listServer = await faults.startFaultServer({ models: faults.wrongKey() });
		const failure = await failureOf(connect(listServer).listModels(options()));
		expect(failure.message).toContain('[redacted]');
		expect(failure.message).not.toContain(KEY);
		await listServer.close();
	});

	const echoes = (behaviour: Behaviour) => async () => {
		server.behave(() => behaviour);
		const failure = await failureOf(connect(server).completeChat(request(), options()));
		expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(KEY);
	};
	test('an echo in the type', echoes(fail({ status: 401, type: KEY })));
	test('an echo in the parameter', echoes(fail({ status: 401, param: KEY })));
	test('an echo in the code', echoes(fail({ status: 401, code: KEY })));
	const redirect = faults.redirect({ status: 307, location: `/login?key=${KEY}` });
	test('an echo in the location of a redirect', echoes(redirect));
	const echoedId = fail({ status: 401, headers: { 'x-request-id': KEY } });
	test('an echo in the request id', echoes(echoedId));
});
