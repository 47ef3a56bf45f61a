import { createTransport } from '../../../client/http/transport';
import { startForwardProxy, type ForwardProxy } from '../../support/forwardProxy';
import { guard, postTo, sendAndRead } from '../../support/transportCalls';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const NAMES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
	name,
	name.toUpperCase(),
]);
const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
const setVariables = (variables: Record<string, string | undefined>) => {
	for (const name of NAMES) {
		const value = variables[name];
		if (value === undefined) delete process.env[name];
		else process.env[name] = value;
	}
};

let proxy: ForwardProxy;
let proxyUrl: string;
let tunnels: string[];
beforeEach(async () => {
	proxy = await startForwardProxy();
	({ url: proxyUrl, tunnels } = proxy);
});
afterEach(async () => {
	setVariables(before);
	// Its tunnels have ended with the server, which is closed before.
	await proxy.close();
});

// Read when a guard's first request is sent, so each test has a guard of its own.
const send = (url = server.baseUrl) => sendAndRead(postTo(url), createTransport(guard()));

test.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'])('the proxy of %s is used', async (name) => {
	setVariables({ [name]: proxyUrl });
	expect((await send()).status).toBe(200);
	expect(tunnels).toEqual([new URL(server.url).host]);
	expect(server.lastRequest().headers.authorization).toBe('Bearer sk-test-1234567890');
});

test.each([
	['HTTP_PROXY', 'NO_PROXY', '127.0.0.1'],
	['ALL_PROXY', 'no_proxy', '*'],
	['HTTP_PROXY', 'NO_PROXY', 'other.test, 127.0.0.1'],
])('the proxy of %s is not used where %s is %s', async (name, exception, hosts) => {
	setVariables({ [name]: proxyUrl, [exception]: hosts });
	expect((await send()).status).toBe(200);
	expect(tunnels).toEqual([]);
});

test('the proxy is used where NO_PROXY names another host', async () => {
	setVariables({ HTTP_PROXY: proxyUrl, NO_PROXY: 'other.test' });
	await send();
	expect(tunnels).toHaveLength(1);
});

test('the proxy of HTTPS_PROXY is used for HTTPS only', async () => {
	setVariables({ HTTPS_PROXY: proxyUrl });
	await send();
	expect(tunnels).toEqual([]);
	const secure = server.baseUrl.replace('http:', 'https:');
	await expect(send(secure)).rejects.toMatchObject({ kind: 'certificate' });
	expect(tunnels).toEqual([new URL(secure).host]);
});

test('the proxy of HTTP_PROXY wins over that of ALL_PROXY', async () => {
	setVariables({ HTTP_PROXY: proxyUrl, ALL_PROXY: 'http://127.0.0.1:1' });
	expect((await send()).status).toBe(200);
	expect(tunnels).toHaveLength(1);
});

test('without proxy variables the server is asked directly', async () => {
	setVariables({});
	await send();
	expect(tunnels).toEqual([]);
});
