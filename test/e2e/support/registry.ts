import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { name } from '../../../package.json';
import { repositoryFolder } from '../../../playground/folders';
import { freePorts } from '../../../playground/freePorts';
import type { N8nHost } from '../../../playground/n8nHost';
import { lastLines, run, startGroup, stopGroup } from '../../../playground/processGroups';
import { until } from '../../support/until';
import { npmProgram } from './npmProgram';
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
	// The mirror of a registry may lack the tag by which it names node-fetch.
	const overrides = { 'node-fetch': '2.7.0' };
	const installed = await npmProgram(host, { packageName: 'verdaccio', version: VERDACCIO, overrides });
	const program = join(installed, 'bin', 'verdaccio');
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
	const stopServer = async () => {
		await stopGroup(server);
		await rm(folder, { recursive: true, force: true });
	};
	let publicly: PublicRegistry;
	try {
		const answers = () =>
			fetch(`${url}/-/ping`).then(
				({ ok }) => ok,
				() => false,
			);
		await until('Verdaccio answers', answers, 30_000);
		publicly = await asPublicRegistry(url, folder);
	} catch (error) {
		const said = lastLines(logFile);
		await stopServer();
		throw new Error(`Verdaccio did not start: ${(error as Error).message}\n${said}`);
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
		async stop() {
			await publicly.stop();
			await stopServer();
		},
	};
}
