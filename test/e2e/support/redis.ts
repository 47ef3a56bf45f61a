import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../../playground/freePorts';
import { until } from '../../support/until';

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
	const server = spawn('redis-server', args, { stdio: 'ignore' });
	const ended = once(server, 'exit');
	const stop = async () => {
		server.kill('SIGTERM');
		await ended;
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await until('Redis answers', async () => {
			if (server.exitCode !== null) throw new Error(`Redis ended with code ${server.exitCode}`);
			return await run('redis-cli', ['-h', HOST, '-p', String(port), 'ping']).then(
				({ stdout }) => stdout.trim() === 'PONG',
				() => false,
			);
		});
	} catch (error) {
		await stop();
		throw error;
	}
	return { host: HOST, port, stop };
}
