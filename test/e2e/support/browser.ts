import { existsSync } from 'node:fs';
import { chromium, selectors, type Browser, type Page } from 'playwright-core';
import { OWNER } from './n8n';
import { useForFile } from './useForFile';

selectors.setTestIdAttribute('data-test-id');

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine, for the tests of the file. */
export function useBrowser(): Browser {
	return useForFile(startBrowser, (browser) => browser.close());
}

/** Without the flags Chromium looks for Google's servers at every start. */
async function startBrowser(): Promise<Browser> {
	const executablePath = process.env.CHROMIUM_PATH ?? CANDIDATES.find((path) => existsSync(path));
	if (!executablePath) {
		throw new Error(
			'These tests need Chromium: run "apt-get update && apt-get install chromium", or set CHROMIUM_PATH to where it is.',
		);
	}
	return await chromium.launch({
		executablePath,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

/** A page of the editor, signed in as a person would. */
export async function signInToEditor(browser: Browser, url: string): Promise<Page> {
	const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
	page.setDefaultTimeout(60_000);
	await page.goto(`${url}/signin`);
	await page.locator('input[name="emailOrLdapLoginId"]').fill(OWNER.email);
	await page.locator('input[type="password"]').fill(OWNER.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL(/\/(home|workflow)/);
	return page;
}

/** Opens a saved workflow to run it. The editor refuses that until it is connected with n8n, which can be after it is shown. */
export async function openToRun(page: Page, url: string): Promise<void> {
	const connected = page
		.waitForEvent('websocket', (socket) => socket.url().includes('/rest/push'))
		// n8n's first word: who has the workflow open.
		.then(async (socket) => await socket.waitForEvent('framereceived'));
	await Promise.all([page.goto(url), connected]);
}
