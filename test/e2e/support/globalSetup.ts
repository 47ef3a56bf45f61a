import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerSetupOrSignIn } from '../../../playground/n8nApi';
import { installPackage } from '../../../playground/installPackage';
import { ensureHost } from '../../../playground/n8nHost';
import { startN8n, type RunningN8n } from '../../../playground/n8nProcess';
import { createReport } from '../../../playground/report';
import { OWNER } from './n8n';

declare global {
	var e2e: { n8n: RunningN8n; userFolder: string } | undefined;
}

/** Starts one n8n for all end-to-end tests, with the packed package installed as n8n installs it. */
export default async function globalSetup(): Promise<void> {
	const report = createReport();
	const host = await ensureHost(report);
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-e2e-'));
	try {
		await report.step('Pack and install the package', async () => await installPackage(userFolder));
		const n8n = await report.step(
			'Start n8n',
			async () => await startN8n({ host, userFolder, env: { N8N_LOG_LEVEL: 'debug' } }),
		);
		globalThis.e2e = { n8n, userFolder };
		// Test files have globals of their own; the environment is what they share.
		process.env.E2E_N8N_URL = n8n.url;
		// Once for all: n8n refuses the sixth sign-in within a few minutes.
		process.env.E2E_SESSION = JSON.stringify(await ownerSetupOrSignIn(n8n.url, OWNER));
		process.env.E2E_USER_FOLDER = userFolder;
	} catch (error) {
		await rm(userFolder, { recursive: true, force: true });
		throw error;
	}
}
