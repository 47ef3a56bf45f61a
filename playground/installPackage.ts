import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryFolder } from './folders';
import { run } from './processGroups';

/** The parts of a package.json that matter here. */
interface PackageJson {
	name: string;
	version: string;
	dependencies?: Record<string, string>;
	[key: string]: unknown;
}

/** A package that n8n will load at its next start. */
export interface InstalledPackage {
	name: string;
	version: string;
	folder: string;
}

/**
 * Packs a package as `npm publish` would and installs it for n8n; build it first.
 *
 * @param options.packageFolder the package, this repository unless told otherwise
 * @param options.userFolder n8n's N8N_USER_FOLDER
 */
export async function installPackage(options: {
	packageFolder?: string;
	userFolder: string;
}): Promise<InstalledPackage> {
	const scratch = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-pack-'));
	try {
		const tarball = await packPackage(options.packageFolder ?? repositoryFolder, scratch);
		return await installTarball(tarball, options.userFolder);
	} finally {
		await rm(scratch, { recursive: true, force: true });
	}
}

/**
 * Packs a package into an empty folder.
 *
 * @returns the tarball's path
 */
export async function packPackage(packageFolder: string, emptyFolder: string): Promise<string> {
	const args = ['pack', '--ignore-scripts', '--pack-destination', emptyFolder];
	await run('npm', args, { cwd: packageFolder, logFile: join(emptyFolder, 'pack.log') });
	const tarball = (await readdir(emptyFolder)).find((name) => name.endsWith('.tgz'));
	if (tarball === undefined) throw new Error(`npm pack made no tarball of ${packageFolder}`);
	return join(emptyFolder, tarball);
}

/**
 * Installs a tarball the way n8n installs a community package (2.41, downloadPackage in its
 * community-packages.service): unpack to where it looks, drop all but `dependencies`, install those. What n8n
 * keeps besides, a list of installed packages in its database, only feeds the settings page.
 */
export async function installTarball(tarball: string, userFolder: string): Promise<InstalledPackage> {
	const nodesFolder = join(userFolder, '.n8n', 'nodes');
	await mkdir(nodesFolder, { recursive: true });
	const unpacked = await mkdtemp(join(nodesFolder, 'unpack-'));
	const logFile = join(userFolder, 'install-package.log');
	try {
		await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'], {
			cwd: nodesFolder,
			logFile,
		});
		const { name, version, dependencies } = await keepOnlyDependencies(join(unpacked, 'package.json'));
		// n8n runs npm in any case. Without dependencies it has nothing to do and takes a second for it.
		if (Object.keys(dependencies ?? {}).length > 0) await installDependencies(unpacked, logFile);

		const folder = join(nodesFolder, 'node_modules', name);
		await mkdir(dirname(folder), { recursive: true });
		await rm(folder, { recursive: true, force: true });
		await rename(unpacked, folder);
		return { name, version, folder };
	} finally {
		await rm(unpacked, { recursive: true, force: true });
	}
}

async function keepOnlyDependencies(file: string): Promise<PackageJson> {
	const packageJson = JSON.parse(await readFile(file, 'utf8')) as PackageJson;
	for (const others of ['devDependencies', 'peerDependencies', 'optionalDependencies']) {
		delete packageJson[others];
	}
	await writeFile(file, JSON.stringify(packageJson, null, 2));
	return packageJson;
}

async function installDependencies(folder: string, logFile: string): Promise<void> {
	const asN8nDoes = [
		'--audit=false',
		'--fund=false',
		'--bin-links=false',
		'--install-strategy=shallow',
		'--ignore-scripts=true',
		'--package-lock=false',
	];
	await run('npm', ['install', ...asN8nDoes], { cwd: folder, logFile });
}
