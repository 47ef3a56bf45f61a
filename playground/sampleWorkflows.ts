import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { INode } from 'n8n-workflow';
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
import { repositoryFolder } from './folders';

const FOLDER = join(repositoryFolder, 'examples');

/**
 * The examples to try first, which need nothing but a ChatGPT credential; `path` is where one listens, below the
 * editor's address.
 */
const PUBLISHED = {
	ask: { file: 'webhook-reply.json', path: 'webhook/ask-chatgpt' },
	chat: { file: 'chat-with-memory.json', path: 'webhook/chat-with-chatgpt/chat' },
	image: { file: 'describe-image.json', path: 'webhook/describe-image' },
	letters: { file: 'classify-and-route.json', path: 'webhook/sort-letters' },
};

/** A sample that is published. */
export interface PublishedSample {
	workflow: Workflow;
	/** Takes POST; the chat's shows its page to a browser. */
	url: string;
}

export type PublishedSamples = Record<keyof typeof PUBLISHED, PublishedSample>;

/**
 * Has all examples in n8n, and some of them published. Their addresses answer a moment later.
 *
 * @param model to use instead of the one in the files.
 */
export async function publishSamples(
	session: Session,
	credential: Credential,
	model?: string,
): Promise<PublishedSamples> {
	const published: Array<[string, PublishedSample]> = [];
	for (const [name, { file, path }] of Object.entries(PUBLISHED)) {
		const { workflow, isChanged } = await haveSample(session, await readSample(file), credential, model);
		const isAnswering = workflow.activeVersionId !== null && !isChanged;
		published.push([
			name,
			{
				workflow: isAnswering ? workflow : await publishWorkflow(session, workflow),
				url: `${session.url}/${path}`,
			},
		]);
	}
	const done = Object.values(PUBLISHED).map(({ file }) => file);
	for (const file of await readdir(FOLDER)) {
		if (!done.includes(file)) await haveSample(session, await readSample(file), credential, model);
	}
	return Object.fromEntries(published) as PublishedSamples;
}

async function readSample(file: string): Promise<WorkflowData> {
	return JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as WorkflowData;
}

/**
 * One from an earlier start may be the user's own by now: only what the file cannot hold is put right in it, the
 * credential and, where one is asked for, the model.
 */
async function haveSample(
	session: Session,
	sample: WorkflowData,
	credential: Credential,
	model?: string,
): Promise<{ workflow: Workflow; isChanged: boolean }> {
	const existing = await findWorkflow(session, sample.name);
	// The file has an id because n8n's import:workflow wants one; here n8n gives it one, should the user delete it.
	const { name, nodes, connections, settings } = existing ?? sample;
	const workflow: WorkflowData = structuredClone({ name, nodes, connections, settings });
	for (const node of workflow.nodes) {
		if (node.type !== 'n8n-nodes-chatgpt.chatGpt') continue;
		node.credentials = { [credential.type]: { id: credential.id, name: credential.name } };
		if (model && hasModelOfItsOwn(node)) node.parameters.model = { __rl: true, mode: 'id', value: model };
	}

	if (existing === undefined) return { workflow: await createWorkflow(session, workflow), isChanged: true };
	if (isDeepStrictEqual(workflow.nodes, nodes)) return { workflow: existing, isChanged: false };
	return { workflow: await updateWorkflow(session, existing.id, workflow), isChanged: true };
}

/** Chats and ready jobs have; some ask the model that their item names. */
function hasModelOfItsOwn({ parameters }: INode): boolean {
	const { value } = (parameters.model ?? { value: '=' }) as { value: string };
	return !value.startsWith('=');
}
