import { SsrfProtectionConfig } from '@n8n/config';
import { Container } from '@n8n/di';
import { API_KEY, CONTINUE, runChatGpt, type ChatGptRun } from '../../support/chatGptRun';
import { fail, ok, wrongKey, type Behaviour } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

test.each<[string, ChatGptRun, Behaviour]>([
	['an output', {}, ok()],
	['an output of raw JSON', { options: { simplify: false } }, ok()],
	['an error item', { node: CONTINUE }, wrongKey()],
	['an error', {}, wrongKey()],
	[
		'an error of a server that echoes it',
		{},
		fail({ status: 400, shape: 'foreign', message: `no ${API_KEY}!` }),
	],
])('the API key is not in %s', async (_name, run, behaviour) => {
	server.behave(() => behaviour);
	const { run: stored } = await runChatGpt(server, run);
	expect(server.lastRequest().headers.authorization).toContain(API_KEY);
	expect(JSON.stringify(stored)).not.toContain(API_KEY);
});

test('the API key goes only where the credential allows', async () => {
	const { error } = await runChatGpt(server, {
		credential: { allowedHttpRequestDomains: 'domains', allowedDomains: 'api.example.com' },
	});
	expect(error?.message).toMatch(/^Domain not allowed/);
	expect(server.requests).toHaveLength(0);
});

test("the API key is not sent when n8n's SSRF guard forbids the address", async () => {
	const guard = Container.get(SsrfProtectionConfig);
	guard.enabled = true;
	try {
		const { error } = await runChatGpt(server);
		expect(error?.message).toBe('The security settings of this n8n forbid the address of the server');
		expect(server.requests).toHaveLength(0);
	} finally {
		guard.enabled = false;
	}
});

test('a credential that other nodes may not use works in this one', async () => {
	const { error } = await runChatGpt(server, { credential: { allowedHttpRequestDomains: 'none' } });
	expect(error).toBeUndefined();
});
