import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import type {
	ExecutionStatus,
	IConnections,
	INode,
	IRunExecutionData,
	IWorkflowSettings,
} from 'n8n-workflow';

/** Someone signed in to the editor's own API. */
export interface Session {
	/** The editor, without a slash at the end. */
	url: string;
	cookie: string;
	/** n8n ties the cookie to it. */
	browserId: string;
}

/** The one user of an n8n of ours. */
export interface Owner {
	email: string;
	/** At least eight characters, a capital and a digit among them. */
	password: string;
	firstName: string;
	lastName: string;
}

export interface CredentialData {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

export interface Credential {
	id: string;
	name: string;
	type: string;
}

/** What a workflow file holds. */
export interface WorkflowData {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

export interface Workflow extends WorkflowData {
	id: string;
	/** Changes with every save. */
	versionId: string;
	/** The version that answers webhooks; null when the workflow is not published. */
	activeVersionId: string | null;
}

export interface ExecutionSummary {
	id: string;
	status: ExecutionStatus;
}

export interface Execution extends ExecutionSummary {
	data: Pick<IRunExecutionData, 'resultData'>;
}

/** Signs in, in a new n8n by making its first user. */
export async function ownerSetupOrSignIn(url: string, owner: Owner): Promise<Session> {
	const nobody: Session = { url, cookie: '', browserId: randomUUID() };
	const { userManagement } = await call<{ userManagement: { showSetupOnFirstLoad: boolean } }>(
		nobody,
		'GET',
		'/settings',
	);
	return userManagement.showSetupOnFirstLoad
		? await newSession(url, '/owner/setup', owner)
		: await newSession(url, '/login', { emailOrLdapLoginId: owner.email, password: owner.password });
}

export async function createCredential(session: Session, credential: CredentialData): Promise<Credential> {
	return await call(session, 'POST', '/credentials', credential);
}

/** Creates the credential, or overwrites the one of the same name and type. */
export async function saveCredential(session: Session, credential: CredentialData): Promise<Credential> {
	const { name, type } = credential;
	const all = await call<Credential[]>(session, 'GET', '/credentials');
	const existing = all.find((other) => other.name === name && other.type === type);
	return existing
		? await call(session, 'PATCH', `/credentials/${existing.id}`, credential)
		: await createCredential(session, credential);
}

export async function createWorkflow(session: Session, workflow: WorkflowData): Promise<Workflow> {
	return await call(session, 'POST', '/workflows', workflow);
}

/** Overwrites a workflow's draft; what is published stays so. */
export async function updateWorkflow(
	session: Session,
	id: string,
	workflow: WorkflowData,
): Promise<Workflow> {
	return await call(session, 'PATCH', `/workflows/${id}`, workflow);
}

/** The workflow of that name, if there is one. */
export async function findWorkflow(session: Session, name: string): Promise<Workflow | undefined> {
	const filter = encodeURIComponent(JSON.stringify({ name, isArchived: false }));
	const found = await call<Array<{ id: string; name: string }>>(
		session,
		'GET',
		`/workflows?filter=${filter}`,
	);
	// The filter also lets through names that contain this one.
	const id = found.find((workflow) => workflow.name === name)?.id;
	return id === undefined ? undefined : await call(session, 'GET', `/workflows/${id}`);
}

/** Publishes the version given. Its webhooks answer a moment later: {@link waitForWebhook}. */
export async function publishWorkflow(
	session: Session,
	{ id, versionId }: { id: string; versionId: string },
): Promise<Workflow> {
	return await call(session, 'POST', `/workflows/${id}/activate`, { versionId });
}

/**
 * Waits until n8n answers POST at a webhook's address, without running the workflow: it asks which methods are
 * allowed.
 *
 * @throws after 15 s
 */
export async function waitForWebhook(webhookUrl: string): Promise<void> {
	const deadline = Date.now() + 15_000;
	// n8n tells the methods to browsers only, that is to whoever sends an origin.
	const headers = { origin: new URL(webhookUrl).origin };
	for (;;) {
		const response = await fetch(webhookUrl, { method: 'OPTIONS', headers });
		if (response.headers.get('access-control-allow-methods')?.includes('POST')) return;
		if (Date.now() > deadline) throw new Error(`n8n has not registered POST ${webhookUrl}`);
		await sleep(100);
	}
}

/** A workflow's executions, the newest first. */
export async function listExecutions(
	session: Session,
	filter: { workflowId?: string; status?: string[] } = {},
	limit = 20,
): Promise<ExecutionSummary[]> {
	const query = `filter=${encodeURIComponent(JSON.stringify(filter))}&limit=${limit}`;
	const { results } = await call<{ results: ExecutionSummary[] }>(session, 'GET', `/executions?${query}`);
	return results;
}

/** One execution with what its nodes got and gave. */
export async function getExecution(session: Session, id: string): Promise<Execution> {
	const execution = await call<Omit<Execution, 'data'> & { data: string }>(
		session,
		'GET',
		`/executions/${id}`,
	);
	return { ...execution, data: parse(execution.data) as Execution['data'] };
}

/**
 * Any request to the editor's API, for what has no function here.
 *
 * @param path below `/rest`
 * @throws when n8n answers with an error, with n8n's message
 */
export async function call<T>(session: Session, method: string, path: string, body?: unknown): Promise<T> {
	return (await send(session, method, path, body)).data as T;
}

async function newSession(url: string, path: string, body: unknown): Promise<Session> {
	const session: Session = { url, cookie: '', browserId: randomUUID() };
	const { cookies } = await send(session, 'POST', path, body);
	const cookie = cookies.find((line) => line.startsWith('n8n-auth='))?.split(';')[0];
	if (cookie === undefined) throw new Error(`POST ${path} answered without a session cookie`);
	return { ...session, cookie };
}

async function send(session: Session, method: string, path: string, body: unknown) {
	const response = await fetch(`${session.url}/rest${path}`, {
		method,
		headers: {
			'browser-id': session.browserId,
			...(session.cookie && { cookie: session.cookie }),
			...(body !== undefined && { 'content-type': 'application/json' }),
		},
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	const answer = parseJson(text);
	if (!response.ok) {
		throw new Error(
			`${method} /rest${path} answered ${response.status}: ${answer?.message ?? text.slice(0, 300)}`,
		);
	}
	return { data: answer?.data, cookies: response.headers.getSetCookie() };
}

function parseJson(text: string): { data?: unknown; message?: string } | undefined {
	try {
		return JSON.parse(text) as { data?: unknown; message?: string };
	} catch {
		return undefined;
	}
}
