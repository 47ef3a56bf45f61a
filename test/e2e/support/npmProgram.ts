import { join } from 'node:path';
import { cacheFolder } from '../../../playground/folders';
import { installOnce } from '../../../playground/installOnce';
import type { N8nHost } from '../../../playground/n8nHost';
import { run } from '../../../playground/processGroups';
import { createReport } from '../../../playground/report';

/** A program that npm has. */
interface NpmProgram {
	packageName: string;
	version: string;
	/** Instead of what npm would choose for packages that it needs. */
	overrides?: Record<string, string>;
}

/**
 * Installs it in the user's cache folder the first time.
 *
 * @returns the folder of the package
 */
export async function npmProgram(
	host: N8nHost,
	{ packageName, version, overrides }: NpmProgram,
): Promise<string> {
	const id = `${packageName.replaceAll(/\W+/g, '-').replace(/^-/, '')}-${version}`;
	const folder = join(cacheFolder(), id);
	await installOnce({
		folder,
		report: createReport(),
		manifest: { private: true, dependencies: { [packageName]: version }, overrides },
		steps: [
			{
				name: `Install ${packageName} ${version}`,
				advice: 'Is the npm registry within reach? Then try again.',
				async run() {
					const env = { ...process.env, PATH: host.path };
					const logFile = join(cacheFolder(), 'logs', `install-${id}.log`);
					const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
					await run('npm', args, { cwd: folder, env, logFile });
				},
			},
		],
	});
	return join(folder, 'node_modules', packageName);
}
