import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';

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

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	[other: string]: unknown;
}

/** What a workflow file holds. */
export interface WorkflowData {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
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
	status: string;
	workflowId: string;
	startedAt: string | null;
	stoppedAt: string | null;
}

export interface NodeRun {
	executionStatus: string;
	executionTime: number;
	/** Per output, per item; the engine's own shape. */
	data?: { main: Array<Array<{ json: Record<string, unknown>; [other: string]: unknown }> | null> };
	error?: { message: string; description?: string | null; [other: string]: unknown };
	/** Hints the node gave, as the editor shows them. */
	hints?: Array<{ message: string; [other: string]: unknown }>;
	metadata?: Record<string, unknown>;
	[other: string]: unknown;
}

export interface Execution extends ExecutionSummary {
	data: {
		resultData: {
			/** By node name; one entry per run of the node. */
			runData: Record<string, NodeRun[]>;
			error?: { message: string; description?: string | null; [other: string]: unknown };
			lastNodeExecuted?: string;
		};
		[other: string]: unknown;
	};
}

/** Makes the first user of a new n8n, and signs in as them. */
export async function ownerSetup(url: string, owner: Owner): Promise<Session> {
	return await newSession(url, '/owner/setup', owner);
}

/** Signs in as a user that exists. */
export async function signIn(url: string, { email, password }: Owner): Promise<Session> {
	return await newSession(url, '/login', { emailOrLdapLoginId: email, password });
}

/** {@link ownerSetup} if this n8n has no owner yet, else {@link signIn}. */
export async function ownerSetupOrSignIn(url: string, owner: Owner): Promise<Session> {
	const nobody: Session = { url, cookie: '', browserId: randomUUID() };
	const { userManagement } = await call<{ userManagement: { showSetupOnFirstLoad: boolean } }>(
		nobody,
		'GET',
		'/settings',
	);
	return await (userManagement.showSetupOnFirstLoad ? ownerSetup : signIn)(url, owner);
}

export async function createCredential(session: Session, credential: CredentialData): Promise<Credential> {
	return await call(session, 'POST', '/credentials', credential);
}

export async function listCredentials(session: Session): Promise<Credential[]> {
	return await call(session, 'GET', '/credentials');
}

/** Creates the credential, or overwrites the one of the same name and type. */
export async function saveCredential(session: Session, credential: CredentialData): Promise<Credential> {
	const { name, type } = credential;
	const existing = (await listCredentials(session)).find(
		(other) => other.name === name && other.type === type,
	);
	return existing
		? await call(session, 'PATCH', `/credentials/${existing.id}`, credential)
		: await createCredential(session, credential);
}

/** What the editor does after a credential is saved: one request with it. n8n fills in the secrets it holds. */
export async function testCredential(
	session: Session,
	{ id }: { id: string },
): Promise<{ status: 'OK' | 'Error'; message: string }> {
	const { name, type, data } = await call<CredentialData>(
		session,
		'GET',
		`/credentials/${id}?includeData=true`,
	);
	return await call(session, 'POST', '/credentials/test', { credentials: { id, name, type, data } });
}

export async function createWorkflow(session: Session, workflow: WorkflowData): Promise<Workflow> {
	return await call(session, 'POST', '/workflows', workflow);
}

export async function getWorkflow(session: Session, id: string): Promise<Workflow> {
	return await call(session, 'GET', `/workflows/${id}`);
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
	return id === undefined ? undefined : await getWorkflow(session, id);
}

/** Publishes the version given. Its webhooks answer a moment later: {@link waitForWebhook}. */
export async function publishWorkflow(
	session: Session,
	{ id, versionId }: { id: string; versionId: string },
): Promise<Workflow> {
	return await call(session, 'POST', `/workflows/${id}/activate`, { versionId });
}

/**
 * Waits until n8n answers a webhook's address, without running the workflow: it asks which methods are allowed.
 *
 * @param method the webhook's HTTP method
 * @throws after `timeoutMs`, 15 s unless told otherwise
 */
export async function waitForWebhook(webhookUrl: string, method = 'POST', timeoutMs = 15_000): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	// n8n tells the methods to browsers only, that is to whoever sends an origin.
	const headers = { origin: new URL(webhookUrl).origin };
	for (;;) {
		const response = await fetch(webhookUrl, { method: 'OPTIONS', headers });
		if (response.headers.get('access-control-allow-methods')?.includes(method)) return;
		if (Date.now() > deadline) throw new Error(`n8n has not registered ${method} ${webhookUrl}`);
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

/** Waits until an execution has ended, however it did. */
export async function waitForExecution(session: Session, id: string, timeoutMs = 60_000): Promise<Execution> {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const execution = await getExecution(session, id);
		if (!['new', 'running', 'waiting'].includes(execution.status)) return execution;
		if (Date.now() > deadline) throw new Error(`Execution ${id} is still ${execution.status}`);
		await sleep(200);
	}
}

/** What the editor's stop button does. */
export async function stopExecution(session: Session, id: string): Promise<unknown> {
	return await call(session, 'POST', `/executions/${id}/stop`);
}

/**
 * What the editor's "Execute workflow" does, for a workflow that is saved.
 *
 * @param triggerName the trigger node to start from; one that waits for an event, a webhook say, starts to listen
 * @returns the execution's id, or that n8n now waits for the event
 */
export async function runManually(
	session: Session,
	workflowId: string,
	triggerName: string,
): Promise<{ executionId?: string; waitingForWebhook?: boolean }> {
	return await call(session, 'POST', `/workflows/${workflowId}/run`, {
		triggerToStartFrom: { name: triggerName },
	});
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
