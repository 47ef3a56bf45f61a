import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { repositoryFolder } from '../playground/folders';
import type { Measurement } from './report/measurement';

const OUT = join(__dirname, 'dist');

const CLIENT = join(repositoryFolder, 'client') + sep;
const PACKAGES = `${sep}node_modules${sep}`;

/** Of packages only those inside that our client is shipped with; the others are required as they were published. */
const packagesAsShipped: Plugin = {
	name: 'packages-as-shipped',
	setup(bundle) {
		bundle.onResolve({ filter: /^[^./]/ }, ({ importer, kind }) => {
			if (kind === 'entry-point') return;
			return importer.startsWith(CLIENT) || importer.includes(PACKAGES) ? undefined : { external: true };
		});
	},
};

/** Files find others by where they are in the repository, not by where the bundle is. */
const foldersOfTheSources: Plugin = {
	name: 'folders-of-the-sources',
	setup(bundle) {
		bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
			const source = await readFile(path, 'utf8');
			return { loader: 'ts', contents: source.replaceAll('__dirname', JSON.stringify(dirname(path))) };
		});
	},
};

/** Bundles the programs below measures/ and servers/ with tools/bundle.js's settings: through tsx, all would be slower. */
export async function buildMeasures(): Promise<void> {
	const programs = ['measures', 'servers'].flatMap((folder) =>
		readdirSync(join(__dirname, folder))
			.filter((file) => file.endsWith('.ts'))
			.map((file) => join(__dirname, folder, file)),
	);
	await build({
		entryPoints: programs,
		outbase: __dirname,
		outdir: OUT,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20.18',
		plugins: [packagesAsShipped, foldersOfTheSources],
		minifyWhitespace: true,
		minifySyntax: true,
		logLevel: 'warning',
	});
}

/** Runs one of the programs below measures/ and gives what it measured. */
export async function measureInOwnProcess(name: string, quick: boolean): Promise<Measurement[]> {
	const child = fork(join(OUT, 'measures', `${name}.js`), quick ? ['quick'] : [], {
		execArgv: ['--expose-gc'],
		env: { ...process.env, NODE_ENV: 'production' },
		serialization: 'advanced',
	});
	return await new Promise((resolve, reject) => {
		child.once('message', resolve);
		child.once('error', reject);
		child.once('exit', (code, signal) => reject(new Error(`it ended with ${signal ?? `code ${code}`}`)));
	});
}
