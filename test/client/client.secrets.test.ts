import { inspect } from 'node:util';
import { connect, failureOf, KEY, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';

const { fail } = faults;

const server = useFaultServer({ models: faults.wrongKey() });

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
	[
		'the key masked',
		`Incorrect API key provided: sk-proj-*****i789.`,
		'Incorrect API key provided: [redacted]',
	],
	[
		'the end of the key',
		'The key ending in Def456Ghi789 is revoked',
		'The key ending in [redacted] is revoked',
	],
	['the value of an extra header', 'Unknown gate key gate-key-42!', 'Unknown gate key [redacted]'],
])('a secret that an error echoes is redacted: %s', async (_, message, redacted) => {
	server.behave(() => fail({ status: 401, message }));
	const client = connect(server, { headers: [{ name: 'X-Gate', value: 'gate-key-42!' }] });
	const failure = await failureOf(client.completeChat(request(), options()));
	expect(failure.message).toBe(redacted);
});

test.each([
	['an error page', fail({ status: 500, shape: 'html', message: `Bad ${KEY}` })],
	['an error of another shape', fail({ status: 400, shape: 'foreign', message: `Bad ${KEY}` })],
	['an error in a 200', faults.errorIn200({ message: `Bad ${KEY}` })],
])('a key that %s echoes is redacted', async (_, behaviour) => {
	server.behave(() => behaviour);
	const failure = await failureOf(connect(server).completeChat(request(), options({ maxRetries: 0 })));
	expect(failure.message).toBe('Bad [redacted]');
});

test('a key that the list of models echoes is redacted', async () => {
	const failure = await failureOf(connect(server).listModels(options()));
	expect(failure.message).toContain('[redacted]');
	expect(failure.message).not.toContain(KEY);
});

test.each([
	['the type of an error', fail({ status: 401, type: KEY })],
	['the parameter of an error', fail({ status: 401, param: KEY })],
	['the code of an error', fail({ status: 401, code: KEY })],
	['the location of a redirect', faults.redirect({ status: 307, location: `/login?key=${KEY}` })],
	['the request id', fail({ status: 401, headers: { 'x-request-id': KEY } })],
])('a key echoed as %s is not in the failure', async (_, behaviour) => {
	server.behave(() => behaviour);
	const failure = await failureOf(connect(server).completeChat(request(), options()));
	expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(KEY);
});
