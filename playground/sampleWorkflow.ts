import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
	createWorkflow,
	findWorkflow,
	publishWorkflow,
	updateWorkflow,
	type Credential,
	type Session,
	type Workflow,
	type WorkflowData,
} from './n8nApi';
import sample from './workflows/webhook-reply.json';

/** Where the sample workflow listens, below the editor's address. */
export const SAMPLE_WEBHOOK_PATH = 'webhook/ask-chatgpt';

/** The importable sample with what a file cannot hold: this n8n's credential, and the model to ask. */
export function sampleWorkflow(credential: Credential, model?: string): WorkflowData {
	// The file has an id because n8n's import:workflow wants one; here n8n gives it one, should the user delete it.
	const { name, nodes, connections, settings } = structuredClone(sample) as unknown as WorkflowData;
	for (const node of nodes) {
		if (node.type !== 'n8n-nodes-chatgpt.chatGpt') continue;
		node.credentials = { [credential.type]: { id: credential.id, name: credential.name } };
		if (model) node.parameters.model = { __rl: true, mode: 'id', value: model };
	}
	return { name, nodes, connections, settings };
}

/**
 * Has the sample in n8n, published. One from an earlier start is brought up to date unless the user has changed
 * it: then it is theirs.
 *
 * @param userFolder where to remember which version was ours
 */
export async function publishSample(
	session: Session,
	userFolder: string,
	workflow: WorkflowData,
): Promise<Workflow> {
	const versionFile = join(userFolder, 'sample-version');
	const ours = await readFile(versionFile, 'utf8').catch(() => undefined);
	const existing = await findWorkflow(session, workflow.name);
	const usersOwn = existing !== undefined && existing.versionId !== ours;
	if (usersOwn)
		return existing.activeVersionId === null ? await publishWorkflow(session, existing) : existing;

	const saved = existing
		? await updateWorkflow(session, existing.id, workflow)
		: await createWorkflow(session, workflow);
	const published = await publishWorkflow(session, saved);
	await writeFile(versionFile, published.versionId);
	return published;
}
