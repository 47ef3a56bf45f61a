import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { until } from '../../support/until';

interface NativeServer {
	name: string;
	command: [program: string, ...args: string[]];
	/** Its user, and its working folder, which goes when it stops. */
	as: Pick<SpawnOptions, 'uid' | 'gid'> & { cwd: string };
	/** The signal at which it stops without waiting for its clients. */
	stopSignal: 'SIGINT' | 'SIGTERM';
	answers(): Promise<unknown>;
}

/**
 * Starts a server that is no Node program, and waits until it answers. It ends with this process, however this one ends.
 *
 * @returns how to stop it
 */
export async function startNativeServer(native: NativeServer): Promise<() => Promise<void>> {
	const { name, command, as, stopSignal, answers } = native;
	const withUs = ['--pdeathsig', stopSignal.slice('SIG'.length), ...command];
	const server = spawn('setpriv', withUs, { ...as, stdio: 'ignore' });
	await once(server, 'spawn');
	const ended = once(server, 'exit');
	const stop = async () => {
		server.kill(stopSignal);
		await ended;
		await rm(as.cwd, { recursive: true, force: true });
	};
	try {
		const isReady = async () => {
			const how = server.exitCode ?? server.signalCode;
			if (how !== null) throw new Error(`${name} ended with ${how}`);
			return await answers().then(
				() => true,
				() => false,
			);
		};
		await until(`${name} answers`, isReady, 30_000);
	} catch (error) {
		await stop();
		throw error;
	}
	return stop;
}
