import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** SCREENSHOTS=docs/screenshots renews the pictures of the documentation. */
const folder = process.env.SCREENSHOTS ?? join(tmpdir(), 'n8n-nodes-chatgpt-screenshots');

/** Takes a picture of a page or a part of it, without messages that come and go. */
export async function takePicture(name: string, of: Page | Locator): Promise<void> {
	const page = 'page' in of ? of.page() : of;
	for (const close of await page.locator('.el-notification__closeBtn').all()) await close.click();
	await page.locator('.el-notification').first().waitFor({ state: 'detached' });
	// What the editor moves by itself.
	await page.waitForTimeout(800);
	await of.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
