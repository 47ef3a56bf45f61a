import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './folders';
import { installOnce } from './installOnce';
import manifest from './package.json';
import { run } from './processGroups';
import { failingClearly, type Report } from './report';

/**
 * n8n 2.41 needs Node 24, the developer may have another. Always this one, so that there is one way to install
 * and one to run; the npm package of that name brings the binary.
 */
const NODE_VERSION = '24.21.0';
const N8N_VERSION = manifest.dependencies.n8n;

/** Flags for every npm command here: flags win over what `npm start` hands down from this repository's .npmrc. */
const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=notice'];

/** An installed n8n and the Node that runs it. */
export interface N8nHost {
	/** The Node binary. */
	node: string;
	/** n8n's command line program, a script for that Node. */
	n8n: string;
	/** A PATH on which that Node comes first; n8n starts its task runner as `node`. */
	path: string;
}

/**
 * Installs n8n and its Node in the user's cache folder, unless that has been done: 2.2 GB, and a few minutes.
 *
 * @throws an Error naming the step, the reason, what to do and the log file
 */
export async function ensureHost(report: Report): Promise<N8nHost> {
	await failingClearly(
		'Make the cache folder',
		async () => await mkdir(cacheFolder(), { recursive: true }),
		'Set XDG_CACHE_HOME to a folder you can write in.',
	);
	const nodeFolder = join(cacheFolder(), `node-${NODE_VERSION}`);
	const nodeBin = join(nodeFolder, 'node_modules', 'node', 'bin');
	const n8nFolder = join(cacheFolder(), `host-${N8N_VERSION}`);
	const host = {
		node: join(nodeBin, 'node'),
		n8n: join(n8nFolder, 'node_modules', 'n8n', 'bin', 'n8n'),
		path: `${nodeBin}${delimiter}${process.env.PATH ?? ''}`,
	};
	await installNode(nodeFolder, host, report);
	await installN8n(n8nFolder, host, report);
	return host;
}

async function installNode(folder: string, host: N8nHost, report: Report): Promise<void> {
	const inFolder = { cwd: folder, logFile: logOf('install-node') };
	await installOnce({
		folder,
		report,
		manifest: { private: true, dependencies: { node: NODE_VERSION }, allowScripts: { node: true } },
		steps: [
			{
				name: `Install Node ${NODE_VERSION} for n8n`,
				advice: 'Is the npm registry within reach? Then run npm start again.',
				async run() {
					// The package's preinstall script is what fetches the binary.
					await run('npm', ['install', '--ignore-scripts=false', ...QUIETLY], inFolder);
					await run(host.node, ['--version'], inFolder);
				},
			},
		],
	});
}

async function installN8n(folder: string, host: N8nHost, report: Report): Promise<void> {
	// What is installed, without how it is described: other words are no reason to install 2 GB again.
	const { dependencies, overrides, allowScripts } = manifest;
	const inFolder = { cwd: folder, env: { ...process.env, PATH: host.path } };
	await installOnce({
		folder,
		report,
		manifest: { dependencies, overrides, allowScripts, engines: { node: NODE_VERSION } },
		steps: [
			{
				name: `Install n8n ${N8N_VERSION} (once: 2.2 GB, a few minutes)`,
				advice: 'It needs the npm registry and 3 GB of disk. Put that right and run npm start again.',
				async run() {
					// Of all install scripts n8n needs one, the next step's. Exact peers of its packages contradict each
					// other, hence legacy-peer-deps.
					const args = ['install', '--legacy-peer-deps', '--ignore-scripts', '--omit=dev', ...QUIETLY];
					await run('npm', args, { ...inFolder, logFile: logOf('install-n8n') });
				},
			},
			{
				name: "Build n8n's database driver (once: a few minutes if it has to be compiled)",
				advice: 'Compiling needs Python 3, make and a C++ compiler. Install them and run npm start again.',
				async run() {
					const args = ['rebuild', 'sqlite3', '--ignore-scripts=false', ...QUIETLY];
					await run('npm', args, { ...inFolder, logFile: logOf('build-sqlite3') });
					// npm may skip a script, and say so, without failing: loading the driver is the proof.
					await run(host.node, ['--eval', 'require("sqlite3")'], {
						...inFolder,
						logFile: logOf('load-sqlite3'),
					});
				},
			},
		],
	});
}

function logOf(step: string): string {
	return join(cacheFolder(), 'logs', `${step}.log`);
}
