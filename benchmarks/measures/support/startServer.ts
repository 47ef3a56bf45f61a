import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ServerFault } from '../../servers/faultyServer';

/** A server in a process of its own, so that its CPU and memory are not taken for the client's. */
export interface ChildServer<Counts> {
	/** Ends in /v1. */
	baseUrl: string;
	counts(): Promise<Counts>;
	stop(): void;
}

export const startFixedReply = () => startServer<{ socketsOpened: number }>('fixedReply');

export const startFaultyServer = <Counts>(fault: ServerFault) =>
	startServer<Counts & { requests: number }>('faultyServer', fault);

async function startServer<Counts>(name: string, ...args: string[]): Promise<ChildServer<Counts>> {
	const child = fork(join(__dirname, '..', '..', 'dist', 'servers', `${name}.js`), args, {
		execArgv: [],
		serialization: 'advanced',
	});
	const message = async <T>() => ((await once(child, 'message')) as [T])[0];
	return {
		baseUrl: await message<string>(),
		async counts() {
			child.send('counts');
			return await message<Counts>();
		},
		stop: () => void child.kill(),
	};
}
