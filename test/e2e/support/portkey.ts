import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../../playground/folders';
import { freePorts } from '../../../playground/freePorts';
import { installOnce } from '../../../playground/installOnce';
import { ensureHost, type N8nHost } from '../../../playground/n8nHost';
import { lastLines, run, startGroup, stopGroup } from '../../../playground/processGroups';
import { createReport } from '../../../playground/report';
import { until } from '../../support/until';

const PORTKEY = '1.15.2';

/** Somebody else's server that speaks OpenAI's API. */
export interface Gateway {
	/** For the credential. */
	baseUrl: string;
	stop(): Promise<void>;
}

/** Starts Portkey's gateway on a free loopback port; installs it in the user's cache folder the first time. */
export async function startPortkey(): Promise<Gateway> {
	const host = await ensureHost(createReport());
	const program = await ensurePortkey(host);
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
		await until('the gateway answers', async () => {
			if (server.exitCode !== null) throw new Error(`Portkey's gateway ended\n${lastLines(logFile)}`);
			return await fetch(`http://127.0.0.1:${port}/`).then(
				() => true,
				() => false,
			);
		});
	} catch (error) {
		await stop();
		throw error;
	}
	return { baseUrl: `http://127.0.0.1:${port}/v1`, stop };
}

async function ensurePortkey(host: N8nHost): Promise<string> {
	const folder = join(cacheFolder(), `portkey-${PORTKEY}`);
	await installOnce({
		folder,
		report: createReport(),
		manifest: { private: true, dependencies: { '@portkey-ai/gateway': PORTKEY } },
		steps: [
			{
				name: `Install Portkey's gateway ${PORTKEY}`,
				advice: 'Is the npm registry within reach? Then try again.',
				async run() {
					const env = { ...process.env, PATH: host.path };
					const logFile = join(cacheFolder(), 'logs', 'install-portkey.log');
					const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
					await run('npm', args, { cwd: folder, env, logFile });
				},
			},
		],
	});
	return join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
}
