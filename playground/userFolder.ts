import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from './folderLock';
import { cacheFolder } from './folders';

/** A folder for n8n's database, settings and packages, ours until this process exits. */
export interface UserFolder {
	path: string;
	/** Whether the next start finds it again. */
	lasting: boolean;
	/** Leaves a temporary folder for the user to look into. */
	keep: () => void;
}

/** The folder that every start shares, so that what the user builds in the editor is still there the next time. */
export async function lastingUserFolder(): Promise<UserFolder | undefined> {
	const path = join(cacheFolder(), 'playground');
	const unlock = await takeLock(`${path}.lock`, 'give up');
	if (unlock === undefined) return undefined;
	await mkdir(path, { recursive: true });
	return { path, lasting: true, keep: () => {} };
}

/** A new folder that is deleted when this process exits. */
export async function temporaryUserFolder(): Promise<UserFolder> {
	const path = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-'));
	const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
	process.once('exit', remove);
	return { path, lasting: false, keep: () => void process.off('exit', remove) };
}
