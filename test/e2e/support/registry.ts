import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { name } from '../../../package.json';
import { cacheFolder, repositoryFolder } from '../../../playground/folders';
import { freePorts } from '../../../playground/freePorts';
import { installOnce } from '../../../playground/installOnce';
import type { N8nHost } from '../../../playground/n8nHost';
import { lastLines, run, startGroup, stopGroup } from '../../../playground/processGroups';
import { createReport } from '../../../playground/report';
import { asPublicRegistry, type PublicRegistry } from './publicRegistry';

const VERDACCIO = '6.10.4';

/** An npm registry that holds what was published to it, and nothing else. */
export interface Registry {
	/** With these, a program takes it for the public registry. */
	env: PublicRegistry['env'];
	/** Publishes this package, built as it is, as that version. */
	publish(version: string): Promise<void>;
	stop(): Promise<void>;
}

/** Starts Verdaccio on a free loopback port; installs it in the user's cache folder the first time. */
export async function startRegistry(host: N8nHost): Promise<Registry> {
	const program = await ensureVerdaccio(host);
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-registry-'));
	const [port] = (await freePorts(1)) as [number];
	const url = `http://127.0.0.1:${port}`;
	const settings = {
		storage: join(folder, 'storage'),
		auth: { htpasswd: { file: join(folder, 'htpasswd') } },
		packages: { '**': { access: '$all', publish: '$anonymous' } },
		log: { type: 'stdout', level: 'warn' },
	};
	// YAML takes JSON.
	const config = join(folder, 'config.yaml');
	await writeFile(config, JSON.stringify(settings));
	const logFile = join(folder, 'verdaccio.log');
	const server = startGroup(host.node, [program, '--config', config, '--listen', url], {
		cwd: folder,
		logFile,
	});
	const publicly = await asPublicRegistry(url, folder);
	const stop = async () => {
		await publicly.stop();
		await stopGroup(server);
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await answers(`${url}/-/ping`);
	} catch {
		const said = lastLines(logFile);
		await stop();
		throw new Error(`Verdaccio did not start\n${said}`);
	}
	return {
		env: publicly.env,
		async publish(version) {
			const copy = join(folder, `package-${version}`);
			await mkdir(copy);
			const inCopy = { cwd: copy, logFile: join(folder, 'publish.log') };
			await run('npm', ['pack', repositoryFolder, '--ignore-scripts'], inCopy);
			const { version: packed } = JSON.parse(
				await readFile(join(repositoryFolder, 'package.json'), 'utf8'),
			) as { version: string };
			await run('tar', ['-xzf', `${name}-${packed}.tgz`], inCopy);
			const unpacked = { ...inCopy, cwd: join(copy, 'package') };
			const asVersion = [
				'version',
				version,
				'--no-git-tag-version',
				'--allow-same-version',
				'--ignore-scripts',
			];
			await run('npm', asVersion, unpacked);
			// npm wants to know a user, whom Verdaccio does not.
			const user = `--//127.0.0.1:${port}/:_authToken=anyone`;
			await run('npm', ['publish', '--ignore-scripts', `--registry=${url}`, user], unpacked);
		},
		stop,
	};
}

async function ensureVerdaccio(host: N8nHost): Promise<string> {
	const folder = join(cacheFolder(), `verdaccio-${VERDACCIO}`);
	await installOnce({
		folder,
		report: createReport(),
		// The mirror of a registry may lack the tag by which it names this one.
		manifest: {
			private: true,
			dependencies: { verdaccio: VERDACCIO },
			overrides: { 'node-fetch': '2.7.0' },
		},
		steps: [
			{
				name: `Install Verdaccio ${VERDACCIO}, an npm registry`,
				advice: 'Is the npm registry within reach? Then try again.',
				async run() {
					const env = { ...process.env, PATH: host.path };
					const logFile = join(cacheFolder(), 'logs', 'install-verdaccio.log');
					await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
						cwd: folder,
						env,
						logFile,
					});
				},
			},
		],
	});
	return join(folder, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
}

async function answers(url: string): Promise<void> {
	for (let tries = 0; tries < 150; tries++) {
		const ready = await fetch(url).then(
			({ ok }) => ok,
			() => false,
		);
		if (ready) return;
		await sleep(200);
	}
	throw new Error(`Nobody answers at ${url}`);
}
