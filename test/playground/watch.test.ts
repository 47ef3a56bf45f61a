import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json';

interface Watch {
	watchPackage: (
		folder: string,
		onRebuilt: () => void,
	) => Promise<{ problems: string[]; stop: () => Promise<void> }>;
}

const folder = mkdtempSync(join(tmpdir(), 'n8n-chatgpt-watch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the build of npm run dev puts all that n8n loads of the package into the folder', async () => {
	const { watchPackage } = jest.requireActual<Watch>('../../tools/watch');
	const { problems, stop } = await watchPackage(folder, () => {});
	await stop();
	expect(problems).toEqual([]);
	const loaded = [
		'package.json',
		...manifest.n8n.nodes.flatMap((file) => [
			file,
			file.replace(/\.js$/, '.json'),
			file.replace(/[^/]+$/, 'runtime.js'),
			`${file}.map`,
		]),
		...manifest.n8n.credentials,
		'dist/client.js',
		'dist/icons/chatgpt.svg',
		'dist/nodes/ChatGpt/__schema__/v1.0.0/chat/complete.json',
	];
	expect(loaded.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
});
