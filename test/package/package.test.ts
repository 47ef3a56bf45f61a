import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import type { INodeProperties } from 'n8n-workflow';
import manifest from '../../package.json';
import { loadPackage } from '../support/engineHost';

const ROOT = path.join(__dirname, '../..');
const MEGABYTE = 1_000_000;
const LOADED_AT_START = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
/** What the first chat loads on top of that. */
const LOADED_AT_FIRST_CHAT = ['dist/client.js', 'dist/nodes/ChatGpt/runtime.js'];

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

/** The modules that a built file requires, wherever in the file. */
function requiredBy(file: string): string[] {
	const code = readFileSync(path.join(ROOT, file), 'utf8');
	return [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module]) => module!);
}

/** The files of the package that a new process has loaded after it required these: jest's own `require` keeps no list. */
function loadedFiles(...files: string[]): string[] {
	const program = `
		for (const file of ${JSON.stringify(files.map((file) => path.join(ROOT, file)))}) require(file);
		process.stdout.write(JSON.stringify(Object.keys(require.cache)));`;
	const json = execFileSync(process.execPath, ['-e', program], { cwd: ROOT, encoding: 'utf8' });
	return (JSON.parse(json) as string[])
		.map((file) => path.relative(ROOT, file))
		.filter((file) => file.startsWith(`dist${path.sep}`))
		.sort();
}

describe('the published package', () => {
	const files = packedFiles();
	const names = files.map((file) => file.path);
	const sizeOf = (chosen: (name: string) => boolean) =>
		files.filter((file) => chosen(file.path)).reduce((sum, file) => sum + file.size, 0);

	test('the package holds dist and the usual documents, and nothing else', () => {
		const documents = ['CHANGELOG.md', 'LICENSE.md', 'README.md', 'package.json'];
		expect(names.filter((name) => !name.startsWith('dist/')).sort()).toEqual(documents);
		expect(names).toEqual(
			expect.arrayContaining([
				...LOADED_AT_START,
				...LOADED_AT_FIRST_CHAT,
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

	test('the package has a dist under 1.8 MB', () => {
		expect(sizeOf((name) => name.startsWith('dist/'))).toBeLessThan(1.8 * MEGABYTE);
	});

	test('the package has n8n load less than 0.1 MB when it starts, and a plain chat less than 1.1 MB in all', () => {
		expect(sizeOf((name) => LOADED_AT_START.includes(name))).toBeLessThan(0.1 * MEGABYTE);
		const forPlainChat = ['dist/nodes/ChatGpt/ChatGpt.node.js', ...LOADED_AT_FIRST_CHAT];
		expect(sizeOf((name) => forPlainChat.includes(name))).toBeLessThan(1.1 * MEGABYTE);
	});

	test('the package has n8n load neither the client nor a runtime when it starts', () => {
		expect(loadedFiles(...LOADED_AT_START)).toEqual([...LOADED_AT_START].sort());
	});

	test('the package loads one client, beside the runtime, when a node first runs', () => {
		const runtime = 'dist/nodes/ChatGpt/runtime.js';
		expect(loadedFiles(runtime)).toEqual([...LOADED_AT_FIRST_CHAT].sort());
	});

	test('the package requires nothing at run time but Node, n8n-workflow and its own files', () => {
		for (const name of names.filter((file) => file.endsWith('.js'))) {
			const ownFile = (module: string) => path.posix.join(path.posix.dirname(name), module);
			const foreign = requiredBy(name).filter((module) =>
				module.startsWith('.')
					? !names.includes(ownFile(module))
					: module !== 'n8n-workflow' && !module.startsWith('node:') && !builtinModules.includes(module),
			);
			expect([name, foreign]).toEqual([name, []]);
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
