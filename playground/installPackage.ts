import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { name, version } from '../package.json';
import { repositoryFolder } from './folders';
import { run } from './processGroups';

/** Makes the folder where n8n looks for this package, and removes what was installed there before. */
export async function emptyPackageFolder(userFolder: string): Promise<string> {
	const folder = join(userFolder, '.n8n', 'nodes', 'node_modules', name);
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	return folder;
}

/**
 * Packs this repository as `npm publish` would and unpacks it where n8n looks for community packages at its start;
 * build it first.
 *
 * @param userFolder n8n's N8N_USER_FOLDER
 */
export async function installPackage(userFolder: string): Promise<void> {
	const folder = await emptyPackageFolder(userFolder);
	const pack = ['pack', '--ignore-scripts', '--pack-destination', userFolder];
	await run('npm', pack, { cwd: repositoryFolder, logFile: join(userFolder, 'pack.log') });
	// n8n besides installs the package's dependencies, of which there are none (a test proves it), and lists the
	// package in its database, which only feeds the settings page.
	const unpack = ['-xzf', `${name}-${version}.tgz`, '-C', folder, '--strip-components=1'];
	await run('tar', unpack, { cwd: userFolder, logFile: join(userFolder, 'unpack.log') });
}
