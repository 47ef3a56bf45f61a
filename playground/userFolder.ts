import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from './folderLock';
import { cacheFolder } from './folders';
import type { Report } from './report';

/** A folder for n8n's database, settings and packages, ours until this process exits. */
export interface UserFolder {
	path: string;
	/** Whether the next start finds it again. */
	isLasting: boolean;
}

/**
 * Gives the folder that every start shares, so that what the user builds in the editor is still there the next
 * time; for one reply only, or while another start has it, a new one that is deleted at the end.
 */
export async function takeUserFolder(report: Report, once: boolean): Promise<UserFolder> {
	if (once) return await temporaryFolder(report);
	const path = join(cacheFolder(), 'playground');
	// After a kill -9 this takes 15 s.
	const unlock = await report.step(
		'See whether another npm start is running',
		async () => await takeLock(`${path}.lock`, 'give up'),
	);
	if (unlock === undefined) {
		report.note(
			'Another npm start is running: this one starts with an empty n8n that is deleted at the end.',
		);
		return await temporaryFolder(report);
	}
	await mkdir(path, { recursive: true });
	return { path, isLasting: true };
}

async function temporaryFolder(report: Report): Promise<UserFolder> {
	const path = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-'));
	process.once('exit', (code) => {
		if (code === 1) report.note(`n8n's data and logs are left in ${path}`);
		else rmSync(path, { recursive: true, force: true, maxRetries: 3 });
	});
	return { path, isLasting: false };
}
