import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { createTransport, type EgressGuard } from '../../../client/http/transport';
import * as faults from '../../support/faultServer';
import { closed, guard, listening, postTo, sendAndRead } from '../../support/transportCalls';
import { until } from '../../support/until';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const post = (url = `${server.baseUrl}/chat/completions`) => postTo(url);

describe('the guard', () => {
	const blocked = (name: string) => Object.assign(new Error('That address is restricted'), { name });

	test.each([
		['an error of its own', blocked('SsrfBlockedIpError')],
		['any error', new Error('That address is restricted')],
	])('an address that the guard forbids by %s gets no request', async (_, error) => {
		const asked: string[] = [];
		const transport = createTransport(
			guard({
				validateUrl: ({ href }) => {
					asked.push(href);
					return Promise.resolve({ ok: false, error });
				},
			}),
		);
		await expect(transport.send(post())).rejects.toMatchObject({
			kind: 'blocked',
			message: 'That address is restricted',
			cause: error,
		});
		expect(asked).toEqual([`${server.baseUrl}/chat/completions`]);
		expect(server.stats).toMatchObject({ requests: 0, socketsOpened: 0 });
	});

	test('the guard is asked again for every request', async () => {
		let allowed = true;
		const validateUrl: EgressGuard['validateUrl'] = () =>
			Promise.resolve(allowed ? { ok: true } : { ok: false, error: blocked('SsrfBlockedIpError') });
		const transport = createTransport(guard({ validateUrl }));
		await sendAndRead(post(), transport);
		allowed = false;
		await expect(transport.send(post())).rejects.toMatchObject({ kind: 'blocked' });
		expect(server.stats.requests).toBe(1);
	});

	test.each(['SsrfBlockedIpError', 'SsrfBlockedHostnameError'])(
		'a DNS lookup that the guard forbids by a %s opens no connection',
		async (name) => {
			const secureLookup: LookupFunction = (_host, _options, done) => done(blocked(name), '', 4);
			const transport = createTransport(guard({ createSecureLookup: () => secureLookup }));
			await expect(transport.send(post(server.url.replace('127.0.0.1', 'localhost')))).rejects.toMatchObject({
				kind: 'blocked',
				message: 'That address is restricted',
			});
			expect(server.stats.socketsOpened).toBe(0);
		},
	);

	test('a guard resolves the names, and all its transports share the connections', async () => {
		const resolved: string[] = [];
		const toLoopback: LookupFunction = (host, _options, done) => {
			resolved.push(host);
			done(null, [{ address: '127.0.0.1', family: 4 }]);
		};
		const shared = guard({ createSecureLookup: () => toLoopback });
		const request = post(`${server.baseUrl.replace('127.0.0.1', 'name-known-to-the-guard.test')}/x`);
		for (let i = 0; i < 3; i++) {
			expect((await sendAndRead(request, createTransport(shared))).status).toBe(200);
			await new Promise(setImmediate);
		}
		expect(resolved).toEqual(['name-known-to-the-guard.test']);
		expect(server.stats).toMatchObject({ requests: 3, socketsOpened: 1 });
	});

	// n8n's guard resolves the name first, and passes the resolver's error on.
	test('a name that the guard cannot resolve is a failure of the connection', async () => {
		const error = Object.assign(new Error('getaddrinfo EAI_AGAIN api.test'), { code: 'EAI_AGAIN' });
		const transport = createTransport(guard({ validateUrl: () => Promise.reject(error) }));
		await expect(transport.send(post())).rejects.toMatchObject({
			kind: 'connection',
			details: { code: 'EAI_AGAIN' },
		});
	});

	// The guard may wait for the resolver for many seconds.
	test('a guard that does not answer is not waited for after a cancel', async () => {
		const transport = createTransport(guard({ validateUrl: () => new Promise(() => {}) }));
		const controller = new AbortController();
		const sent = transport.send({ ...post(), signal: controller.signal });
		controller.abort('cancelled');
		await expect(sent).rejects.toBe('cancelled');
	});

	test('the guard is not asked about a call that was cancelled before', async () => {
		let asked = 0;
		const validateUrl: EgressGuard['validateUrl'] = () => {
			asked++;
			return Promise.resolve({ ok: true });
		};
		const send = createTransport(guard({ validateUrl })).send({
			...post(),
			signal: AbortSignal.abort('cancelled'),
		});
		await expect(send).rejects.toBe('cancelled');
		expect(asked).toBe(0);
	});
});

describe('redirects', () => {
	const elsewhere = useFaultServer();

	test.each([301, 302, 303, 307, 308])(
		'a redirect with %i is not followed: the key goes nowhere else',
		async (status) => {
			server.behave(() => faults.redirect({ status, location: `${elsewhere.baseUrl}/chat/completions` }));
			const response = await sendAndRead(post());
			expect(response.status).toBe(status);
			expect(response.headers.location).toBe(`${elsewhere.baseUrl}/chat/completions`);
			expect(elsewhere.stats).toMatchObject({ requests: 0, socketsOpened: 0 });
			expect(elsewhere.otherRequests).toEqual([]);
			expect(server.stats.requests).toBe(1);
		},
	);
});

describe('the answer', () => {
	test('an answer has header names in lower case, and a repeated header once', async () => {
		const other = http.createServer((_request, response) => {
			response.setHeader('X-List', ['a', 'b']);
			response.setHeader('X-Request-ID', 'req_1');
			response.end('{}');
		});
		const url = await listening(other);
		const { headers } = await sendAndRead(post(url));
		expect(headers).toMatchObject({ 'x-list': 'a, b', 'x-request-id': 'req_1' });
		await closed(other);
	});

	test('an answer is text, also where a character is cut in two on its way', async () => {
		const text = 'Grüße, 日本 😀';
		server.behave(() => faults.slowBody({ text, chunkBytes: 3, everyMs: 0 }));
		const { text: json } = await sendAndRead(post());
		expect(json).toContain(JSON.stringify(text));
	});

	test('an answer may be as long as the limit, and not a byte longer', async () => {
		server.behave(() => faults.hugeBody({ bytes: 100_000 }));
		expect((await sendAndRead(post(), undefined, 100_000)).text).toHaveLength(100_000);
		await expect(sendAndRead(post(), undefined, 99_999)).rejects.toMatchObject({
			kind: 'too_large',
			message: 'The reply is larger than 99999 bytes',
		});
	});

	test('an answer that is too long is not read on, and its connection is closed', async () => {
		server.behave(() => faults.hugeBody());
		await expect(sendAndRead(post(), undefined, 1000)).rejects.toMatchObject({ kind: 'too_large' });
		await until('the connection is closed', () => server.stats.openSockets === 0);
		expect(server.stats.aborted).toBe(1);
	});
});

describe('what cannot be sent', () => {
	// undici refuses each by a code of its own; sent again it would be refused again.
	test.each([
		['transfer-encoding', 'chunked'],
		['upgrade', 'h2c'],
		['keep-alive', '5'],
		['content-length', '5'],
		['expect', '100-continue'],
	])('a request with the header %s is a bad_request', async (name, value) => {
		const request = { ...post(), headers: { [name]: value } };
		await expect(createTransport().send(request)).rejects.toMatchObject({ kind: 'bad_request' });
	});
});

describe('connecting', () => {
	test('HTTPS to a port that speaks HTTP is a failure of the certificate, and no request', async () => {
		const send = createTransport().send(post(server.baseUrl.replace('http:', 'https:')));
		await expect(send).rejects.toMatchObject({ kind: 'certificate' });
		expect(server.stats.requests).toBe(0);
	});

	test('a self-signed certificate is not trusted, and no request is sent', async () => {
		const secure = https.createServer({ key: SELF_SIGNED_KEY, cert: SELF_SIGNED }, () => {
			throw new Error('A request came through');
		});
		const url = (await listening(secure)).replace('http:', 'https:');
		await expect(createTransport().send(post(url))).rejects.toMatchObject({ kind: 'certificate' });
		await closed(secure);
	});

	// Node's error for all of them together has no message of its own.
	test('a name whose addresses all refuse gives a failure with a message', async () => {
		const twoAddresses: LookupFunction = (_host, _options, done) =>
			done(null, [
				{ address: '127.0.0.1', family: 4 },
				{ address: '127.0.0.2', family: 4 },
			]);
		const transport = createTransport(guard({ createSecureLookup: () => twoAddresses }));
		const request = post(server.baseUrl.replace('127.0.0.1', 'two-addresses.test'));
		await server.close();
		await expect(transport.send(request)).rejects.toMatchObject({
			kind: 'connection',
			details: { code: 'ECONNREFUSED' },
			message: expect.stringContaining('ECONNREFUSED'),
		});
	});
});

/** Made for this test (openssl req -x509 -newkey ec), for 127.0.0.1; it protects nothing. */
const SELF_SIGNED_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXdeYpQCBdiTKnlD7
wEyMrnzhSGVnE7t+/nu7DPe7mOGhRANCAATUJcCQjD4rNoi2xAPVQ9uxIn2ffZWb
fnMBEr2wfYVlOp7l36LsmJxG26Tu74P5PsJkcOys6I10UeZj5FQcjXJE
-----END PRIVATE KEY-----`;
const SELF_SIGNED = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUXT2sV9tkfEEn5UDpOql85ga1vXEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMTA0MDQxMFoYDzIxMjYxMDI4
MDQwNDEwWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATUJcCQjD4rNoi2xAPVQ9uxIn2ffZWbfnMBEr2wfYVlOp7l36LsmJxG
26Tu74P5PsJkcOys6I10UeZj5FQcjXJEo2QwYjAdBgNVHQ4EFgQU10VdPLYYYiXk
C38hNFNyzJpam9gwHwYDVR0jBBgwFoAU10VdPLYYYiXkC38hNFNyzJpam9gwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQCZeyDeZOdY7EgCn1pQ4MirH//Zsq7XknPdrcGIW25sUAIgbyEB9znQB17LJAnr
rqCiox6OP8kNhTNnhUBN9vkWcb8=
-----END CERTIFICATE-----`;
