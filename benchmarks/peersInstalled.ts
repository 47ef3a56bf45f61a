import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../playground/processGroups';
import { dependencies } from './package.json';

/** Installs the peers here, unless they are: as they are published, and without a lock file that names a registry. */
export async function installPeers(): Promise<void> {
	if (await areInstalled()) return;
	const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
	await run('npm', args, { cwd: __dirname, logFile: join(__dirname, 'dist', 'install.log') });
}

/** npm writes this file last, so an interrupted install counts as none. */
async function areInstalled(): Promise<boolean> {
	const file = join(__dirname, 'node_modules', '.package-lock.json');
	const text = await readFile(file, 'utf8').catch(() => '{}');
	const { packages = {} } = JSON.parse(text) as { packages?: Record<string, { version?: string }> };
	return Object.entries(dependencies).every(
		([name, version]) => packages[`node_modules/${name}`]?.version === version,
	);
}
