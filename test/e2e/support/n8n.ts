import { randomUUID } from 'node:crypto';
import type { IDataObject, INode, INodeCredentials, INodeParameters } from 'n8n-workflow';
import {
	call,
	createCredential,
	createWorkflow,
	getExecution,
	listExecutions,
	publishWorkflow,
	waitForWebhook,
	type Credential,
	type CredentialData,
	type Execution,
	type Owner,
	type Session,
	type WorkflowData,
} from '../../../playground/n8nApi';
import { until } from '../../support/until';
import { questions } from './questions';

export const OWNER: Owner = {
	email: 'owner@example.com',
	password: 'EndToEnd1',
	firstName: 'Olivia',
	lastName: 'Owner',
};

/** Searched for in everything n8n has written, when all is done. */
export const API_KEY = 'sk-e2e-7d2b9f4c61aa4e0b83';

/** The owner's session with the n8n that globalSetup started. */
export function signInToN8n(): Session {
	return JSON.parse(process.env.E2E_SESSION!) as Session;
}

/** A stored ChatGPT API credential. */
export async function chatGptCredential(
	session: Session,
	data: IDataObject,
	name = `ChatGPT ${randomUUID()}`,
): Promise<Credential> {
	return await createCredential(session, {
		name,
		type: 'chatGptApi',
		data: { apiType: 'openai', apiKey: API_KEY, ...data },
	});
}

/** What the editor does after a credential is saved: one request with it. n8n fills in the secrets it holds. */
export async function testCredential(
	session: Session,
	{ id }: Credential,
): Promise<{ status: 'OK' | 'Error'; message: string }> {
	const { name, type, data } = await call<CredentialData>(
		session,
		'GET',
		`/credentials/${id}?includeData=true`,
	);
	return await call(session, 'POST', '/credentials/test', { credentials: { id, name, type, data } });
}

/** What the editor gets from n8n outside its REST API. */
export async function getAsEditor(session: Session, path: string): Promise<unknown> {
	const headers = { cookie: session.cookie, 'browser-id': session.browserId };
	return await (await fetch(`${session.url}${path}`, { headers })).json();
}

/** What the editor's stop button does. */
export async function stopExecution(session: Session, id: string): Promise<void> {
	await call(session, 'POST', `/executions/${id}/stop`);
}

export interface BulkWorkflow {
	credential: Credential;
	parameters?: INodeParameters;
	options?: INodeParameters;
	/** Parameters of the Webhook node, such as responseMode. */
	webhook?: INodeParameters;
	/** Settings of the ChatGPT node, such as onError. */
	node?: Partial<INode>;
}

/** Webhook → Split Out → ChatGPT: asks each question of the list in the webhook's body. */
export function bulkWorkflow({ credential, parameters, options, webhook, node }: BulkWorkflow): WorkflowData {
	return {
		name: `Bulk ${randomUUID()}`,
		nodes: [
			webhookNode('Webhook', { responseData: 'allEntries', ...webhook }),
			workflowNode('Split Out', 'n8n-nodes-base.splitOut', 1, 1, {
				fieldToSplitOut: 'body.questions',
				options: { destinationFieldName: 'question' },
			}),
			{
				...workflowNode('ChatGPT', 'n8n-nodes-chatgpt.chatGpt', 1, 2, {
					resource: 'chat',
					operation: 'complete',
					model: { __rl: true, mode: 'id', value: 'gpt-4.1-mini' },
					messages: { values: [{ role: 'user', content: '={{ $json.question }}' }] },
					options: options ?? {},
					...parameters,
				}),
				...node,
				credentials: nodeCredentials(credential),
			},
		],
		connections: {
			Webhook: { main: [[{ node: 'Split Out', type: 'main', index: 0 }]] },
			'Split Out': { main: [[{ node: 'ChatGPT', type: 'main', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	};
}

/** The workflow with memory or tools connected to its ChatGPT node. */
export function withSubNodes(
	workflow: WorkflowData,
	type: 'ai_memory' | 'ai_tool',
	subNodes: INode[],
): WorkflowData {
	const toChatGpt = { node: 'ChatGPT', type, index: 0 };
	const connections = Object.fromEntries(subNodes.map(({ name }) => [name, { [type]: [[toChatGpt]] }]));
	return {
		...workflow,
		nodes: [...workflow.nodes, ...subNodes],
		connections: { ...workflow.connections, ...connections },
	};
}

/** How a node names the credential it uses. */
export function nodeCredentials({ id, name, type }: Credential): INodeCredentials {
	return { [type]: { id, name } };
}

/** A Webhook node at an address of its own, which answers with what the last node gives. */
export function webhookNode(name: string, parameters: INodeParameters = {}): INode {
	return workflowNode(name, 'n8n-nodes-base.webhook', 2.1, 0, {
		httpMethod: 'POST',
		path: randomUUID(),
		responseMode: 'lastNode',
		options: {},
		...parameters,
	});
}

/** Laid out from left to right. */
export function workflowNode(
	name: string,
	type: string,
	typeVersion: number,
	column: number,
	parameters: INodeParameters,
): INode {
	return {
		id: randomUUID(),
		name,
		type,
		typeVersion,
		position: [column * 220, 0],
		parameters,
		// The webhook's own ID in its address; harmless elsewhere.
		webhookId: randomUUID(),
	};
}

/** Publishes a workflow that begins with a webhook. */
export async function publish(session: Session, workflow: WorkflowData) {
	const saved = await createWorkflow(session, workflow);
	await publishWorkflow(session, saved);
	const url = `${session.url}/webhook/${workflow.nodes[0]!.parameters.path as string}`;
	await waitForWebhook(url);
	return { id: saved.id, url };
}

/** Runs a bulk workflow to its end. */
export async function runBulk(session: Session, bulk: BulkWorkflow, count: number) {
	const { id, url } = await publish(session, bulkWorkflow(bulk));
	const started = performance.now();
	const response = await postQuestions(url, count);
	const body = await response.text();
	const wallMs = performance.now() - started;
	const execution = await lastExecution(session, id);
	return {
		status: response.status,
		body,
		wallMs,
		execution,
		node: execution.data.resultData.runData.ChatGPT?.[0],
	};
}

export async function postQuestions(url: string, count: number): Promise<Response> {
	return await post(url, { questions: questions(count) });
}

/** What `curl --json` does. */
export async function post(url: string, body: object): Promise<Response> {
	return await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
}

/**
 * The newest execution of a workflow, once it has ended.
 *
 * @param after the ID of the one before: a caller has his answer before n8n lists the execution.
 */
export async function lastExecution(
	session: Session,
	workflowId: string,
	after?: string,
): Promise<Execution> {
	let execution: Execution | undefined;
	const hasEnded = async () => {
		const [summary] = await listExecutions(session, { workflowId }, 1);
		if (!summary || summary.id === after) return false;
		if (['new', 'running', 'waiting'].includes(summary.status)) return false;
		execution = await getExecution(session, summary.id);
		return true;
	};
	await until('the execution has ended', hasEnded, 60_000);
	return execution!;
}

/** A figure for the closing notes and the README, next to the test that made it. */
export function figure(text: string): void {
	process.stderr.write(`    figure: ${text}\n`);
}
