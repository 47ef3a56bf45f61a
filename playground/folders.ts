import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The root of this repository. */
export const repositoryFolder = resolve(__dirname, '..');

/**
 * Where everything lives that outlasts one run and is shared by all clones: `n8n-nodes-chatgpt` in the user's
 * cache folder.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ - a relative XDG_CACHE_HOME is to be ignored
 */
export function cacheFolder(): string {
	const configured = process.env.XDG_CACHE_HOME;
	const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache');
	return join(base, 'n8n-nodes-chatgpt');
}
