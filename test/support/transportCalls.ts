/** What the tests of the transport share: a request, a guard, and servers that need no faults. */
import { lookup } from 'node:dns';
import { once } from 'node:events';
import type http from 'node:http';
import type https from 'node:https';
import type { AddressInfo } from 'node:net';
import { readText } from '../../client/http/body';
import { createTransport, type EgressGuard, type HttpRequest } from '../../client/http/transport';

export const postTo = (url: string): HttpRequest => ({
	method: 'POST',
	url: new URL(url),
	headers: { authorization: 'Bearer sk-test-1234567890' },
	body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
});

/** A guard that allows everything, as n8n gives one unless its administrator turned it on. */
export const guard = (parts: Partial<EgressGuard> = {}): EgressGuard => ({
	validateUrl: () => Promise.resolve({ ok: true }),
	createSecureLookup: () => lookup,
	...parts,
});

export async function sendAndRead(request: HttpRequest, transport = createTransport(), maxBytes = 1e6) {
	const response = await transport.send(request);
	return { ...response, text: await readText(response, maxBytes, request.signal) };
}

export async function listening(any: http.Server | https.Server): Promise<string> {
	any.listen(0, '127.0.0.1');
	await once(any, 'listening');
	return `http://127.0.0.1:${(any.address() as AddressInfo).port}`;
}

export async function closed(any: http.Server | https.Server): Promise<void> {
	any.closeAllConnections();
	any.close();
	await once(any, 'close');
}
