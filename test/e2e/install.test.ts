import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { name, version } from '../../package.json';
import { repositoryFolder } from '../../playground/folders';
import { call, ownerSetupOrSignIn } from '../../playground/n8nApi';
import { ensureHost } from '../../playground/n8nHost';
import { startN8n } from '../../playground/n8nProcess';
import { run } from '../../playground/processGroups';
import { createReport } from '../../playground/report';
import { findPage } from '../docs/markdown';
import saved from '../nodes/saved/0.1.0-chat.json';
import { ok } from '../support/faultServer';
import { bulkWorkflow, chatGptCredential, figure, OWNER, postQuestions, publish } from './support/n8n';
import { startRegistry } from './support/registry';
import { useForFile } from './support/useForFile';
import { useSharedServer } from './support/useN8n';

jest.setTimeout(300_000);

interface InstalledPackage {
	packageName: string;
	installedVersion: string;
	installedNodes: Array<{ name: string; type: string }>;
	updateAvailable?: string;
}

const server = useSharedServer();
const host = useForFile(async () => await ensureHost(createReport()));
const registry = useForFile(
	async () => await startRegistry(host),
	(started) => started.stop(),
);
const home = useForFile(
	async () => ({ folder: await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-install-')) }),
	async ({ folder }) => await rm(folder, { recursive: true, force: true }),
);
const n8n = useForFile(
	async () => await startN8n({ host, userFolder: home.folder, env: { ...registry.env } }),
	(started) => started.stop(),
);
const session = useForFile(async () => await ownerSetupOrSignIn(n8n.url, OWNER));

const readInstalled = async () =>
	JSON.parse(
		await readFile(join(home.folder, '.n8n', 'nodes', 'node_modules', name, 'package.json'), 'utf8'),
	) as { version: string };

async function askOnce(url: string): Promise<IDataObject[]> {
	return (await (await postQuestions(url, 1)).json()) as IDataObject[];
}

test('n8n installs the package from a registry, updates it, and a workflow goes on working', async () => {
	await registry.publish('0.1.0');
	const started = performance.now();
	const installed = await call<InstalledPackage>(session, 'POST', '/community-packages', { name });
	const seconds = (performance.now() - started) / 1000;
	expect(installed).toMatchObject({
		packageName: name,
		installedVersion: '0.1.0',
		installedNodes: [{ name: 'ChatGPT', type: `${name}.chatGpt` }],
	});
	expect((await readInstalled()).version).toBe('0.1.0');

	const credential = await chatGptCredential(session, { baseUrl: server.baseUrl });
	server.behave(() => ok({ text: saved.replyText }));
	const parameters = saved.parameters as unknown as INodeParameters;
	const { url } = await publish(session, bulkWorkflow({ credential, parameters }));
	expect(await askOnce(url)).toMatchObject([{ reply: { json: { city: 'Paris' } } }]);

	await registry.publish('0.2.0');
	const updated = await call<InstalledPackage>(session, 'PATCH', '/community-packages', { name });
	expect(updated.installedVersion).toBe('0.2.0');
	expect((await readInstalled()).version).toBe('0.2.0');
	expect(await askOnce(url)).toMatchObject([{ reply: { json: { city: 'Paris' } } }]);
	const [before, after] = server.requests.map(({ body }) => body as IDataObject);
	expect(before).toMatchObject(saved.sends);
	expect(after).toEqual(before);
	figure(
		`installed through n8n's own endpoint in ${seconds.toFixed(1)} s; updated to ${updated.installedVersion}`,
	);

	await call(session, 'DELETE', `/community-packages?name=${name}`);
	await expect(readInstalled()).rejects.toThrow('ENOENT');
});

test("the README's commands put the package by hand where n8n finds it", async () => {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-by-hand-'));
	const { blocks } = findPage('README.md');
	const { code } = blocks.find((block) => block.code.includes('npm pack'))!;
	// The tests run in a clone that is installed and built already.
	const [first, ...commands] = code.trim().split('\n');
	expect(first).toBe('npm install && npm run build');
	const env = { ...process.env, N8N_USER_FOLDER: folder };
	const logFile = join(folder, 'commands.log');
	try {
		await run('bash', ['-euc', commands.join('\n')], { cwd: repositoryFolder, env, logFile });
		await expectAnswerIn(folder);
	} finally {
		await rm(join(repositoryFolder, `${name}-${version}.tgz`), { force: true });
		await rm(folder, { recursive: true, force: true });
	}
});

test("the image's steps put the package where n8n finds it", async () => {
	const root = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-image-'));
	try {
		await runImage(root);
		await expectAnswerIn(root);
	} finally {
		await rm(root, { recursive: true, force: true });
	}
});

/** The n8n of a user folder knows the node, and it answers. */
async function expectAnswerIn(folder: string): Promise<void> {
	const other = await startN8n({ host, userFolder: folder });
	try {
		const inOther = await ownerSetupOrSignIn(other.url, OWNER);
		const credential = await chatGptCredential(inOther, { baseUrl: server.baseUrl });
		const { url } = await publish(inOther, bulkWorkflow({ credential }));
		expect(await askOnce(url)).toMatchObject([{ text: 'Reply to: Question 0' }]);
	} finally {
		await other.stop();
	}
}

/** What Docker would do, below a folder instead of below /: a container engine does not run everywhere. */
async function runImage(root: string): Promise<void> {
	const inRoot = { cwd: root, logFile: join(root, 'steps.log') };
	const below = (text: string) => text.replaceAll(/(?<=^|[\s"=:-])\/(opt|docker)/gm, `${root}/$1`);
	await mkdir(join(root, 'opt'));
	await run('npm', ['pack', repositoryFolder, '--ignore-scripts'], inRoot);
	const dockerfile = await readFile(join(repositoryFolder, 'docker', 'Dockerfile'), 'utf8');
	let user = '';
	let entrypoint: string[] = [];
	for (const step of dockerfile.replaceAll('\\\n', '').split('\n')) {
		const [, instruction, rest = ''] = /^(COPY|RUN|USER|ENTRYPOINT)\s+(.*)$/.exec(step) ?? [];
		if (instruction === 'USER') user = rest;
		if (instruction === 'ENTRYPOINT') entrypoint = JSON.parse(rest) as string[];
		if (instruction === 'RUN') await run('sh', ['-c', below(rest)], inRoot);
		if (instruction !== 'COPY') continue;
		const [from, to] = rest.split(' ') as [string, string];
		const folder = from.endsWith('.tgz') ? root : repositoryFolder;
		await run('sh', ['-c', `cp ${folder}/${from} ${below(to)}`], inRoot);
	}
	// As n8n's own image starts, with our script in between.
	expect({ user, init: entrypoint.slice(0, -1) }).toEqual({ user: 'node', init: ['tini', '--'] });
	const script = below(entrypoint.at(-1)!);
	await writeFile(script, below(await readFile(script, 'utf8')));
	// n8n's own start of the image, of which only the arguments matter here.
	const started = join(root, 'started');
	const startOfN8n = `#!/bin/sh\necho "$@" >> ${started}\n`;
	await writeFile(join(root, 'docker-entrypoint.sh'), startOfN8n, { mode: 0o755 });
	const env = { ...process.env, N8N_USER_FOLDER: root };
	// Containers may share a volume: main and worker start at the same time.
	await Promise.all(
		['main', 'worker'].map((name) =>
			run(script, [name], { cwd: root, env, logFile: join(root, `${name}.log`) }),
		),
	);
	const unwritable = { ...env, N8N_USER_FOLDER: '/dev/null' };
	await expect(
		run(script, ['main'], { cwd: root, env: unwritable, logFile: join(root, 'unwritable.log') }),
	).rejects.toThrow('give the folder mounted at /dev/null/.n8n to user');
	expect((await readFile(started, 'utf8')).split('\n').toSorted()).toEqual(['', 'main', 'worker']);
}
