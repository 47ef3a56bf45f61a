import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

// Not get-port: since version 6 it is an ES module, which Jest 30 loads only on Node 24.9 or newer; 5 gets no fixes.

const LOOPBACK = '127.0.0.1';

/** That many different loopback ports that are free just now. */
export async function freePorts(count: number): Promise<number[]> {
	// All are held before any is let go, or the same port could come twice.
	const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map(close));
	return ports;
}

/** Whether this loopback port can be listened on. */
export async function isFree(port: number): Promise<boolean> {
	try {
		await close(await listen(port));
		return true;
	} catch {
		return false;
	}
}

async function listen(port: number): Promise<Server> {
	const server = createServer().listen(port, LOOPBACK);
	await once(server, 'listening');
	return server;
}

async function close(server: Server): Promise<void> {
	server.close();
	await once(server, 'close');
}
