import { createServer } from 'node:http';
import { freePorts, isFree } from '../../playground/freePorts';

test('freePorts gives as many different free ports as asked for', async () => {
	const ports = await freePorts(5);
	expect(new Set(ports).size).toBe(5);
	for (const port of ports) expect(await isFree(port)).toBe(true);
});

test('isFree knows a port that is taken', async () => {
	const [port] = await freePorts(1);
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	expect(await isFree(port!)).toBe(false);
	await new Promise((resolve) => server.close(resolve));
});
