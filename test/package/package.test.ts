import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import type { INodeProperties } from 'n8n-workflow';
import manifest from '../../package.json';
import { loadPackage } from '../support/engineHost';

const ROOT = path.join(__dirname, '../..');
const MEGABYTE = 1_000_000;

interface PackedFile {
	path: string;
	size: number;
}

/** What `npm publish` would upload. */
function packedFiles(): PackedFile[] {
	const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: ROOT,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	return (JSON.parse(json) as [{ files: PackedFile[] }])[0].files;
}

describe('the published package', () => {
	const files = packedFiles();
	const names = files.map((file) => file.path);

	test('the package holds dist and the usual documents, and nothing else', () => {
		const documents = ['CHANGELOG.md', 'LICENSE.md', 'README.md', 'package.json'];
		expect(names.filter((name) => !name.startsWith('dist/')).sort()).toEqual(documents);
		expect(names).toEqual(
			expect.arrayContaining([
				...manifest.n8n.nodes,
				...manifest.n8n.credentials,
				'dist/nodes/ChatGpt/runtime.js',
				'dist/nodes/ChatGpt/ChatGpt.node.json',
				'dist/nodes/ChatGpt/__schema__/v1.0.0/chat/complete.json',
				'dist/nodes/ChatGpt/__schema__/v1.0.0/text/classify.json',
				'dist/icons/chatgpt.svg',
				'dist/icons/chatgpt.dark.svg',
				'dist/THIRD-PARTY-LICENSES.txt',
			]),
		);
	});

	test('the package has no dependencies but the host', () => {
		expect(manifest).not.toHaveProperty('dependencies');
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});

	test('the package has a dist under 1 MB, of which n8n loads a fraction when it starts', () => {
		const total = files
			.filter((file) => file.path.startsWith('dist/'))
			.reduce((sum, file) => sum + file.size, 0);
		expect(total).toBeLessThan(MEGABYTE);
		const loadedAtStart = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
		const size = loadedAtStart.reduce((sum, file) => sum + statSync(path.join(ROOT, file)).size, 0);
		expect(size).toBeLessThan(0.1 * MEGABYTE);
	});

	test('the package requires nothing at run time but Node and n8n-workflow', () => {
		for (const name of names.filter((file) => file.endsWith('.js'))) {
			const code = readFileSync(path.join(ROOT, name), 'utf8');
			const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module]) => module!);
			const foreign = required.filter(
				(module) =>
					!module.startsWith('node:') && !module.startsWith('./') && !builtinModules.includes(module),
			);
			expect([name, foreign.filter((module) => module !== 'n8n-workflow')]).toEqual([name, []]);
		}
	});

	test('the package names the licence of each bundled package', () => {
		const notices = readFileSync(path.join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
		expect(
			[...notices.matchAll(/^(\S+) [\d.]+ \((.+)\)$/gm)].map(([, name, licence]) => [name, licence]),
		).toEqual([
			['@cfworker/json-schema', 'MIT'],
			['@pydantic/genai-prices', 'MIT'],
			['eventsource-parser', 'MIT'],
			['jsonrepair', 'ISC'],
			['lru-cache', 'BlueOak-1.0.0'],
			['undici', 'MIT'],
			['zod', 'MIT'],
		]);
	});
});

describe("n8n's own loader", () => {
	test("n8n's loader finds the node, its credential, its icons and its search words", async () => {
		const { types } = await loadPackage();
		const [node] = types.nodes;
		expect(node).toMatchObject({
			name: 'chatGpt',
			displayName: 'ChatGPT',
			version: 1,
			usableAsTool: true,
			codex: { alias: expect.arrayContaining(['openai', 'llm']) },
		});
		expect(types.credentials).toMatchObject([{ name: 'chatGptApi', displayName: 'ChatGPT API' }]);
		const icons = [node?.iconUrl, types.credentials[0]?.iconUrl].flatMap((urls) => Object.values(urls ?? {}));
		expect(icons).toHaveLength(4);
		for (const url of icons) {
			expect(existsSync(path.join(ROOT, url.replace('icons/n8n-nodes-chatgpt/', '')))).toBe(true);
		}
	});

	test("n8n's loader gets the options in the order of their labels", async () => {
		const { types } = await loadPackage();
		const options = types.nodes[0]?.properties.find(({ name }) => name === 'options');
		const labels = (options?.options as INodeProperties[]).map(({ displayName }) => displayName);
		expect(labels).toEqual([...labels].sort((a, b) => a.localeCompare(b)));
		expect(labels.length).toBeGreaterThan(20);
	});
});
