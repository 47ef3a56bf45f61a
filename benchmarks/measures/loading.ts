/** What n8n's start and the first run of a node wait for. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder, repositoryFolder } from '../../playground/folders';
import { dependencies } from '../../playground/package.json';
import { compare } from '../report/measurement';
import { inOwnProcess, rounds } from './support/inOwnProcess';

const ours = join(repositoryFolder, 'dist', 'nodes', 'ChatGpt', 'ChatGpt.node.js');
const runtime = join(repositoryFolder, 'dist', 'nodes', 'ChatGpt', 'runtime.js');
const n8nModules = join(cacheFolder(), `host-${dependencies.n8n}`, 'node_modules');
const theirs = join(n8nModules, '@n8n/n8n-nodes-langchain/dist/nodes/vendors/OpenAi/OpenAi.node.js');

inOwnProcess(async ({ quick }) => {
	const ms = { ours: [] as number[], runtime: [] as number[], theirs: [] as number[] };
	const hasPeer = existsSync(theirs);
	if (!hasPeer)
		process.stderr.write("  n8n's own OpenAI node is not here to compare with: run npm start once\n");
	await rounds(quick ? 2 : 7, () => {
		ms.ours.push(loadMs([], ours));
		ms.runtime.push(loadMs([ours], runtime));
		if (hasPeer) ms.theirs.push(loadMs([], theirs));
	});
	const peers = hasPeer ? [{ name: "n8n's OpenAI node", values: ms.theirs }] : [];
	return [
		...compare('Loading the node when n8n starts', 'ms', ms.ours, peers, { is: '<', limit: 30 }),
		...compare('Loading the rest when it first runs', 'ms', ms.runtime, []),
	];
});

/** In a new process that has n8n-workflow, the file's own copy, and nothing else. */
function loadMs(before: string[], file: string): number {
	const workflow = createRequire(file).resolve('n8n-workflow');
	const program = `
		for (const file of ${JSON.stringify([workflow, ...before])}) require(file);
		const started = performance.now();
		require(${JSON.stringify(file)});
		process.stdout.write(String(performance.now() - started));
		process.exit();`;
	return Number(execFileSync(process.execPath, ['--eval', program]));
}
