import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder } from '../../../playground/folders';
import {
	call,
	createWorkflow,
	publishWorkflow,
	waitForWebhook,
	type Credential,
	type Session,
	type Workflow,
	type WorkflowData,
} from '../../../playground/n8nApi';
import { nodeCredentials } from './n8n';

/** A workflow of the folder examples, as users import it. */
export function readExample(name: string): WorkflowData {
	return JSON.parse(readFileSync(join(repositoryFolder, 'examples', `${name}.json`), 'utf8')) as WorkflowData;
}

/** The type of the credential that a node of a matching type uses. */
const NEEDS: Array<[RegExp, Credential['type']]> = [
	[/chatGpt/, 'chatGptApi'],
	[/postgres/i, 'postgres'],
	[/emailSend$/, 'smtp'],
	[/lmChatOpenAi$/, 'openAiApi'],
];

/** Imports an example, and chooses the credentials in its nodes, as a user does; the rest stays as it is in the file. */
export async function importExample(
	session: Session,
	{ name, nodes, connections, settings }: WorkflowData,
	credentials: Credential[],
): Promise<Workflow> {
	const chosen = structuredClone(nodes);
	for (const node of chosen) {
		const type = NEEDS.find(([pattern]) => pattern.test(node.type))?.[1];
		const credential = credentials.find((one) => one.type === type);
		if (credential) node.credentials = nodeCredentials(credential);
	}
	return await createWorkflow(session, { name, nodes: chosen, connections, settings });
}

/** Publishes an example that begins with a webhook or a chat, and says where it listens. */
export async function publishExample(session: Session, workflow: Workflow): Promise<string> {
	await publishWorkflow(session, workflow);
	const trigger = workflow.nodes.find(({ webhookId }) => webhookId !== undefined)!;
	const path = trigger.type.endsWith('chatTrigger')
		? `${trigger.webhookId}/chat`
		: (trigger.parameters.path as string);
	const url = `${session.url}/webhook/${path}`;
	await waitForWebhook(url);
	return url;
}

/** What the editor's button "Execute workflow" does. */
export async function runByHand(session: Session, { id, nodes }: Workflow): Promise<void> {
	const { name } = nodes.find(({ type }) => type === 'n8n-nodes-base.manualTrigger')!;
	await call(session, 'POST', `/workflows/${id}/run`, { triggerToStartFrom: { name } });
}
