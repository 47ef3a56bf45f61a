import { isDeepStrictEqual } from 'node:util';
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

/**
 * Has the sample in n8n, published. One from an earlier start may be the user's own by now: only what the file
 * cannot hold is put right in it, the credential and, where one is asked for, the model.
 */
export async function publishSample(
	session: Session,
	credential: Credential,
	model?: string,
): Promise<Workflow> {
	const existing = await findWorkflow(session, sample.name);
	// The file has an id because n8n's import:workflow wants one; here n8n gives it one, should the user delete it.
	const { name, nodes, connections, settings } = existing ?? (sample as unknown as WorkflowData);
	const workflow: WorkflowData = structuredClone({ name, nodes, connections, settings });
	for (const node of workflow.nodes) {
		if (node.type !== 'n8n-nodes-chatgpt.chatGpt') continue;
		node.credentials = { [credential.type]: { id: credential.id, name: credential.name } };
		if (model) node.parameters.model = { __rl: true, mode: 'id', value: model };
	}

	if (existing === undefined) return await publishWorkflow(session, await createWorkflow(session, workflow));
	if (!isDeepStrictEqual(workflow.nodes, nodes))
		return await publishWorkflow(session, await updateWorkflow(session, existing.id, workflow));
	return existing.activeVersionId === null ? await publishWorkflow(session, existing) : existing;
}
