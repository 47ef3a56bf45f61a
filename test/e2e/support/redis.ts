import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../../playground/freePorts';
import { startNativeServer } from './nativeServer';

const run = promisify(execFile);
const HOST = '127.0.0.1';

export interface Redis {
	host: string;
	port: number;
	stop(): Promise<void>;
}

/** Starts a Redis on a free loopback port; it keeps nothing when it stops. */
export async function startRedis(): Promise<Redis> {
	await run('redis-server', ['--version']).catch(() => {
		throw new Error('These tests need Redis: run "apt-get update && apt-get install redis-server".');
	});
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-redis-'));
	const [port] = (await freePorts(1)) as [number];
	const args = ['--bind', HOST, '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'];
	const stop = await startNativeServer({
		name: 'Redis',
		command: ['redis-server', ...args],
		as: { cwd: folder },
		stopSignal: 'SIGTERM',
		async answers() {
			await run('redis-cli', ['-e', '-h', HOST, '-p', String(port), 'ping']);
		},
	});
	return { host: HOST, port, stop };
}
