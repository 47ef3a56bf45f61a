import http from 'node:http';
import net from 'node:net';
import { closed, listening } from './transportCalls';

/** A proxy that opens tunnels, as those of companies do. */
export interface ForwardProxy {
	/** Its address, with the user and password that it asks for. */
	url: string;
	/** Hosts and ports that tunnels were opened to. */
	tunnels: string[];
	close(): Promise<void>;
}

/** @param login `user:password`, if it asks for them. */
export async function startForwardProxy(login?: string): Promise<ForwardProxy> {
	const tunnels: string[] = [];
	const expected = login && `Basic ${Buffer.from(login).toString('base64')}`;
	const proxy = http.createServer().on('connect', (request: http.IncomingMessage, near: net.Socket) => {
		near.on('error', () => near.destroy());
		if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
			near.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
			return;
		}
		tunnels.push(request.url ?? '');
		const [host, port] = (request.url ?? '').split(':');
		const far = net.connect(Number(port), host, () => {
			near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			near.pipe(far).pipe(near);
		});
		// Either end may go first; the other one must not crash the test.
		far.on('error', () => near.destroy());
		near.on('error', () => far.destroy());
		near.on('close', () => far.destroy());
	});
	const address = new URL(await listening(proxy));
	[address.username = '', address.password = ''] = login?.split(':').map(encodeURIComponent) ?? [];
	return { url: address.href, tunnels, close: () => closed(proxy) };
}
