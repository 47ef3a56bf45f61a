import type { Browser, Page } from 'playwright-core';
import { call, type Session } from '../../../playground/n8nApi';

/**
 * A page of the editor for a user who has just accepted an invitation, and so does not see the workflows and credentials
 * that other tests have left.
 */
export async function inviteNewcomer(browser: Browser, session: Session, email: string): Promise<Page> {
	const [invitation] = await call<Array<{ user: { inviteAcceptUrl: string } }>>(
		session,
		'POST',
		'/invitations',
		[{ email, role: 'global:member' }],
	);
	const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
	page.setDefaultTimeout(60_000);
	await page.goto(invitation!.user.inviteAcceptUrl);
	await page.locator('input[name="firstName"]').fill('Nora');
	await page.locator('input[name="lastName"]').fill('Newcomer');
	await page.locator('input[type="password"]').fill('EndToEnd1');
	await page.getByRole('button', { name: 'Finish account setup' }).click();
	await page.waitForURL(/\/(home|workflow)/);
	return page;
}
