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
import chatWithMemory from './workflows/chat-with-memory.json';
import classifyAndRoute from './workflows/classify-and-route.json';
import describeImage from './workflows/describe-image.json';
import webhookReply from './workflows/webhook-reply.json';

/** The sample workflows; `path` is where one listens, below the editor's address. */
const SAMPLES = {
	ask: { file: webhookReply, path: 'webhook/ask-chatgpt' },
	chat: { file: chatWithMemory, path: 'webhook/chat-with-chatgpt/chat' },
	image: { file: describeImage, path: 'webhook/describe-image' },
	letters: { file: classifyAndRoute, path: 'webhook/sort-letters' },
};

/** A sample that is published. */
export interface PublishedSample {
	workflow: Workflow;
	/** Takes POST; the chat's shows its page to a browser. */
	url: string;
}

export type PublishedSamples = Record<keyof typeof SAMPLES, PublishedSample>;

/** Has the samples in n8n, published. Their addresses answer a moment later. */
export async function publishSamples(
	session: Session,
	credential: Credential,
	model?: string,
): Promise<PublishedSamples> {
	const published: Array<[string, PublishedSample]> = [];
	for (const [name, { file, path }] of Object.entries(SAMPLES)) {
		const workflow = await publishSample(session, file as unknown as WorkflowData, credential, model);
		published.push([name, { workflow, url: `${session.url}/${path}` }]);
	}
	return Object.fromEntries(published) as PublishedSamples;
}

/**
 * One from an earlier start may be the user's own by now: only what the file cannot hold is put right in it, the
 * credential and, where one is asked for, the model.
 */
async function publishSample(
	session: Session,
	sample: WorkflowData,
	credential: Credential,
	model?: string,
): Promise<Workflow> {
	const existing = await findWorkflow(session, sample.name);
	// The file has an id because n8n's import:workflow wants one; here n8n gives it one, should the user delete it.
	const { name, nodes, connections, settings } = existing ?? sample;
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
