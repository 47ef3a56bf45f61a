import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import manifest from '../../../package.json';
import { bundle } from '../../../tools/bundle';

const ROOT = resolve(__dirname, '../../..');
const NODES = ['nodes/ChatGpt/ChatGpt.node.ts', 'test/package/secondNode/Second.node.ts'];
const CREDENTIALS = ['credentials/ChatGptApi.credentials.ts'];

/**
 * A package of the ChatGPT node and a second one, built as ours is, for the tests of the file. It is there while they
 * run, in the folder that is returned.
 */
export function useTwoNodes(): string {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-chatgpt-two-nodes-'));
	beforeAll(async () => {
		await bundle({ nodes: NODES, credentials: CREDENTIALS }, { outdir: join(folder, 'dist') });
		const built = (file: string) => join('dist', file.replace(/ts$/, 'js'));
		const n8n = { ...manifest.n8n, nodes: NODES.map(built), credentials: CREDENTIALS.map(built) };
		writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, n8n }));
		// For n8n-workflow, which the host has installed beside a package.
		symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
