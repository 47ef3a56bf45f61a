import { errorItemOf, onlyItem, runChatGpt } from '../support/chatGptRun';
import { startForwardProxy, type ForwardProxy } from '../support/forwardProxy';
import { useFaultServer } from '../support/useFaultServer';

// The variables are read when the first request of a process is sent, so this file has one proxy.

const server = useFaultServer({ models: [{ id: 'gpt-4.1', created: 1744316542 }] });
const before = { ...process.env };
let proxy: ForwardProxy;
beforeAll(async () => {
	proxy = await startForwardProxy('ada:pass word');
	for (const name of Object.keys(process.env))
		if (/^(https?|all|no)_proxy$/i.test(name)) delete process.env[name];
	process.env.HTTP_PROXY = process.env.HTTPS_PROXY = proxy.url;
});
afterAll(async () => {
	process.env = before;
	await proxy.close();
});
beforeEach(() => {
	proxy.tunnels.length = 0;
});

const target = () => new URL(server.url).host;

test('the built node asks through the proxy of HTTP_PROXY, with its user and password', async () => {
	expect(onlyItem(await runChatGpt(server))).toMatchObject({ text: 'Reply to: Question 0' });
	expect(proxy.tunnels).toEqual([target()]);
});

test('the built node lists models through the proxy', async () => {
	const run = await runChatGpt(server, { parameters: { resource: 'model', operation: 'getAll' } });
	expect(onlyItem(run)).toMatchObject({ id: 'gpt-4.1' });
	expect(proxy.tunnels).toEqual([target()]);
});

test('the built node opens a tunnel of the proxy for https', async () => {
	const secure = { baseUrl: server.baseUrl.replace('http:', 'https:') };
	// The server behind it speaks no TLS.
	expect((await errorItemOf(secure, {})).error).toContain('No secure connection could be made');
	expect(proxy.tunnels).toEqual([target()]);
});
