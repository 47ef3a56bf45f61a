import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { cacheFolder } from '../../../playground/folders';
import { installOnce } from '../../../playground/installOnce';
import { run } from '../../../playground/processGroups';
import { createReport } from '../../../playground/report';

/** What n8n's chat page loads from a CDN. The CDN gives out the latest, and is not for tests to depend on. */
const FILES = { '@n8n/chat': '1.37.0', 'normalize.css': '8.0.1' };
const CDN = 'https://cdn.jsdelivr.net/npm/';

/** Opens n8n's hosted chat page in a browser that is not signed in. */
export async function openChatPage(browser: Browser, url: string): Promise<Page> {
	const folder = await chatPageFiles();
	const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
	await page.route(`${CDN}**`, async (route) => {
		const path = route
			.request()
			.url()
			.slice(CDN.length)
			.replace(/@[\d.]+\//, '/');
		// The CDN minifies what a package has as it was written.
		await route.fulfill({ path: join(folder, path.replace('.min.css', '.css')) });
	});
	await page.goto(url);
	return page;
}

/** Downloads the packages without their dependencies, 2.5 MB, unless that has been done. */
async function chatPageFiles(): Promise<string> {
	const folder = join(cacheFolder(), 'chat-page');
	const inFolder = { cwd: folder, logFile: join(cacheFolder(), 'logs', 'chat-page.log') };
	await mkdir(join(cacheFolder(), 'logs'), { recursive: true });
	await installOnce({
		folder,
		manifest: { private: true, files: FILES },
		steps: Object.entries(FILES).map(([name, version]) => ({
			name: `Download ${name} ${version}`,
			advice: 'Check the connection to the npm registry.',
			run: async () => {
				const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
				await mkdir(join(folder, name), { recursive: true });
				await run('npm', ['pack', `${name}@${version}`], inFolder);
				await run('tar', ['-xzf', file, '-C', name, '--strip-components=1'], inFolder);
			},
		})),
		report: createReport(),
	});
	return folder;
}
