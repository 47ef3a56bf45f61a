import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../playground/freePorts';
import { ensureHost } from '../../../playground/n8nHost';
import { lastLines, startGroup, stopGroup } from '../../../playground/processGroups';
import { createReport } from '../../../playground/report';
import { until } from '../../support/until';
import { npmProgram } from './npmProgram';

const PORTKEY = '1.15.2';

/** A server of another maker that speaks OpenAI's API. */
export interface Gateway {
	/** For the credential. */
	baseUrl: string;
	stop(): Promise<void>;
}

/** Starts Portkey's gateway on a free loopback port; installs it in the user's cache folder the first time. */
export async function startPortkey(): Promise<Gateway> {
	const host = await ensureHost(createReport());
	const installed = await npmProgram(host, { packageName: '@portkey-ai/gateway', version: PORTKEY });
	const program = join(installed, 'build', 'start-server.js');
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-portkey-'));
	const [port] = (await freePorts(1)) as [number];
	const logFile = join(folder, 'portkey.log');
	const server = startGroup(host.node, [program, '--headless', `--port=${port}`], {
		cwd: folder,
		logFile,
	});
	const stop = async () => {
		await stopGroup(server);
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const answers = async () => {
			if (server.exitCode !== null) throw new Error(`Portkey's gateway ended\n${lastLines(logFile)}`);
			return await fetch(`http://127.0.0.1:${port}/`).then(
				() => true,
				() => false,
			);
		};
		await until("Portkey's gateway answers", answers, 30_000);
	} catch (error) {
		await stop();
		throw error;
	}
	return { baseUrl: `http://127.0.0.1:${port}/v1`, stop };
}
