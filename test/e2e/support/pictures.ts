import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { until } from '../../support/until';

/** SCREENSHOTS=docs/screenshots renews the pictures of the documentation. */
const folder = process.env.SCREENSHOTS ?? join(tmpdir(), 'n8n-nodes-chatgpt-screenshots');

/** Takes a picture of a page or a part of it, without messages that come and go. */
export async function takePicture(name: string, of: Page | Locator): Promise<void> {
	const page = 'page' in of ? of.page() : of;
	// One may come while others are closed, or go by itself before it is.
	await until('no message is shown', async () => {
		for (const close of await page.locator('.el-notification__closeBtn').all()) {
			await close.click({ timeout: 1_000 }).catch(() => {});
		}
		return (await page.locator('.el-notification').count()) === 0;
	});
	// What the editor moves by itself.
	await page.waitForTimeout(800);
	await of.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
