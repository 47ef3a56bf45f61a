import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HOST = 'registry.npmjs.org';

/** What makes programs take a local registry for the public one. */
export interface PublicRegistry {
	env: { HTTPS_PROXY: string; NODE_EXTRA_CA_CERTS: string };
	stop(): Promise<void>;
}

/**
 * Lets a local registry answer under the public one's name: n8n installs from no other without a licence. A proxy leads
 * connections for that name to it, over TLS with a certificate that a program has to be told to trust.
 *
 * @param folder gets the certificate.
 */
export async function asPublicRegistry(registryUrl: string, folder: string): Promise<PublicRegistry> {
	const keyFile = join(folder, 'registry.key');
	const certificate = join(folder, 'registry.crt');
	await run('openssl', [
		...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${HOST}`],
		...['-addext', `subjectAltName=DNS:${HOST}`, '-keyout', keyFile, '-out', certificate],
	]);
	const tls = { key: await readFile(keyFile), cert: await readFile(certificate) };
	const front = https.createServer(tls, (request, response) => {
		// Verdaccio writes addresses as it was addressed.
		const headers = { ...request.headers, host: HOST, 'x-forwarded-proto': 'https' };
		const forwarded = http.request(
			`${registryUrl}${request.url}`,
			{ method: request.method, headers },
			(answer) => {
				response.writeHead(answer.statusCode!, answer.headers);
				answer.pipe(response);
			},
		);
		forwarded.on('error', () => response.destroy());
		request.pipe(forwarded);
	});
	const frontPort = await listen(front);

	const sockets = new Set<Socket>();
	const proxy = http.createServer((_, response) => response.writeHead(403).end());
	proxy.on('connect', ({ url }, socket: Socket) => {
		// Nothing else leaves the machine.
		if (url !== `${HOST}:443`) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
		const onward = connect(frontPort, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			onward.pipe(socket).pipe(onward);
		});
		for (const one of [socket, onward]) {
			sockets.add(one);
			one.on('error', () => one.destroy()).on('close', () => sockets.delete(one));
		}
	});
	const proxyPort = await listen(proxy);
	return {
		env: { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, NODE_EXTRA_CA_CERTS: certificate },
		async stop() {
			for (const socket of sockets) socket.destroy();
			for (const one of [proxy, front]) {
				one.closeAllConnections();
				one.close();
				await once(one, 'close');
			}
		},
	};
}

async function listen(server: http.Server): Promise<number> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}
