import { join } from 'node:path';
import { takeLock } from './folderLock';
import { cacheFolder, repositoryFolder } from './folders';
import { isFree } from './freePorts';
import { installPackage } from './installPackage';
import { interruption } from './interruption';
import {
	getExecution,
	listExecutions,
	ownerSetupOrSignIn,
	saveCredential,
	waitForWebhook,
	type Owner,
	type Session,
	type Workflow,
} from './n8nApi';
import { ensureHost } from './n8nHost';
import { startN8n } from './n8nProcess';
import { run, stopAllGroups } from './processGroups';
import { createReport, type Report } from './report';
import { publishSample, SAMPLE_WEBHOOK_PATH, sampleWorkflow } from './sampleWorkflow';
import { startStandInApi, type StandInApi } from './standInApi';
import { lastingUserFolder, temporaryUserFolder, type UserFolder } from './userFolder';

/** Nothing to keep secret: this n8n listens on the loopback address only. */
const OWNER: Owner = {
	email: 'owner@example.com',
	password: 'Playground1',
	firstName: 'Playground',
	lastName: 'Owner',
};
const QUESTION = 'What is n8n, in one sentence?';
const N8N_USUAL_PORT = 5678;
const REPLY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;

/** What `npm start` was asked for. */
export interface PlaygroundOptions {
	/** Stop after the first reply, and leave nothing behind. */
	once?: boolean;
	/** The package to try: this repository, built first, unless told otherwise. */
	packageFolder?: string;
}

/** Where the node sends its requests. */
type Api = Pick<StandInApi, 'baseUrl' | 'apiKey'> & { model?: string; advice: string };

/**
 * What `npm start` does: a real n8n with the node in it, a workflow that uses it, and the first reply on standard
 * output. Everything else is said on standard error. Ends the process.
 */
export async function main(options: PlaygroundOptions = {}): Promise<void> {
	const report = createReport();
	const interrupted = interruption();
	const playground: Playground = { report, interrupted, isReady: false, undo: [], ...options };

	const exitCode = await Promise.race([
		interrupted.then((code) => (playground.isReady ? 0 : code)),
		play(playground).then(
			() => 0,
			(error: unknown) => {
				playground.failure = error instanceof Error ? error : new Error(String(error));
				return 1;
			},
		),
	]);

	// Taken now: what is interrupted below fails too, and that is nobody's news.
	const { failure, userFolder, undo } = playground;
	if (failure !== undefined) {
		report.note(`✗ ${failure.message}`);
		userFolder?.keep();
		if (userFolder?.lasting === false) report.note(`n8n's data and logs are left in ${userFolder.path}`);
	}
	if (undo.length > 0) report.note('Stopping');
	report.end();
	for (const stop of undo.reverse()) await stop().catch(() => {});
	await stopAllGroups(STOP_WITHIN_MS);
	process.exit(exitCode);
}

/** One run: what it was asked for, and how far it has come. */
interface Playground extends PlaygroundOptions {
	report: Report;
	interrupted: Promise<number>;
	isReady: boolean;
	userFolder?: UserFolder;
	failure?: Error;
	/** How to stop what has been started, in the order it was started. */
	undo: Array<() => Promise<unknown>>;
}

async function play(playground: Playground): Promise<void> {
	const { report, once } = playground;
	if (process.platform === 'win32') throw new Error('The playground needs Linux, macOS or WSL.');

	const host = await ensureHost({ report });
	const userFolder = (playground.userFolder = await chooseUserFolder(playground));
	await buildAndInstall(playground, userFolder);
	const api = await chooseApi(playground);

	const startAfresh = `To start with an empty n8n, delete ${userFolder.path}.`;
	const n8n = await report.step(
		'Start n8n',
		async () =>
			await startN8n({
				host,
				userFolder: userFolder.path,
				// The usual port, so that a bookmark still works at the next start; tests and the like take any.
				port: userFolder.lasting && (await isFree(N8N_USUAL_PORT)) ? N8N_USUAL_PORT : undefined,
			}),
		startAfresh,
	);
	playground.undo.push(n8n.stop);

	const [session, workflow] = await report.step(
		'Sign in, save the credential, publish the workflow',
		async () => await setUp(n8n.url, userFolder.path, api),
		startAfresh,
	);
	const webhookUrl = `${n8n.url}/${SAMPLE_WEBHOOK_PATH}`;
	const reply = await report.step(
		`Ask "${QUESTION}" over the webhook`,
		async () => await ask(webhookUrl, session, workflow),
		api.advice,
	);
	process.stdout.write(`${JSON.stringify(reply, null, 2)}\n`);
	if (once) return;

	report.note(welcome(n8n.url, webhookUrl, workflow));
	playground.isReady = true;
	await playground.interrupted;
}

async function chooseUserFolder({ once, report }: Playground): Promise<UserFolder> {
	if (once) return await temporaryUserFolder();
	const lasting = await lastingUserFolder();
	if (lasting !== undefined) return lasting;
	report.note('Another npm start is running: this one starts with an empty n8n that is deleted at the end.');
	return await temporaryUserFolder();
}

async function buildAndInstall({ report, packageFolder }: Playground, userFolder: UserFolder): Promise<void> {
	const { path } = userFolder;
	// A build empties dist first: another start must not be packing it just then.
	const unlock = await takeLock(join(cacheFolder(), 'build.lock'), 'wait');
	if (packageFolder === undefined) {
		const gulp = join(repositoryFolder, 'node_modules', 'gulp', 'bin', 'gulp.js');
		const logFile = join(path, 'build.log');
		await report.step(
			'Build the node',
			async () => await run(process.execPath, [gulp, 'bundle'], { cwd: repositoryFolder, logFile }),
			'Put right what it says and run npm start again.',
		);
	}
	await report.step(
		'Pack the node and install it in n8n',
		async () => await installPackage({ packageFolder, userFolder: path }),
		'Put right what it says and run npm start again.',
	);
	unlock?.();
}

async function chooseApi({ report, undo, once }: Playground): Promise<Api> {
	const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: model } = process.env;
	if (apiKey) {
		const api = { apiKey, baseUrl: baseUrl || 'https://api.openai.com/v1', model };
		report.note(`Using ${api.baseUrl} with OPENAI_API_KEY`);
		return { ...api, advice: 'Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.' };
	}
	const standIn = await report.step('Start a stand-in for the OpenAI API', startStandInApi);
	undo.push(standIn.stop);
	report.note(`OPENAI_API_KEY is not set: replies come from the stand-in at ${standIn.baseUrl}`);
	const advice = once ? '' : 'If you have changed the sample workflow, archive it: a new one is made.';
	return { ...standIn, model, advice };
}

async function setUp(url: string, userFolder: string, api: Api): Promise<[Session, Workflow]> {
	const session = await ownerSetupOrSignIn(url, OWNER);
	const credential = await saveCredential(session, {
		name: 'Playground',
		type: 'chatGptApi',
		data: {
			apiType: 'openai',
			apiKey: api.apiKey,
			baseUrl: api.baseUrl,
			organizationId: '',
			projectId: '',
			headers: {},
		},
	});
	const workflow = await publishSample(session, userFolder, sampleWorkflow(credential, api.model));
	return [session, workflow];
}

async function ask(webhookUrl: string, session: Session, workflow: Workflow): Promise<unknown> {
	await waitForWebhook(webhookUrl);
	const response = await fetch(webhookUrl, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ question: QUESTION }),
		signal: AbortSignal.timeout(REPLY_WITHIN_MS),
	});
	const body = await response.text();
	if (!response.ok) {
		// n8n tells a webhook's caller that something went wrong; the execution knows what.
		const reason = await lastError(session, workflow.id);
		throw new Error(reason ?? `n8n answered ${response.status}: ${body}`);
	}
	return JSON.parse(body);
}

async function lastError(session: Session, workflowId: string): Promise<string | undefined> {
	const [execution] = await listExecutions(session, { workflowId, status: ['error'] }, 1);
	if (execution === undefined) return undefined;
	const { error } = (await getExecution(session, execution.id)).data.resultData;
	if (error === undefined) return undefined;
	const sentences = [error.message, error.description ?? ''].map((text) =>
		text.trim().replace(/[^.!?]$/, '$&.'),
	);
	return sentences.join(' ').replaceAll('\n', ' ').trim();
}

function welcome(url: string, webhookUrl: string, workflow: Workflow): string {
	return [
		'',
		`Editor      ${url}`,
		`E-mail      ${OWNER.email}`,
		`Password    ${OWNER.password}`,
		`Workflow    ${url}/workflow/${workflow.id}`,
		`Ask it      curl ${webhookUrl} --json '{"question": "Translate \\"How are you?\\" to French"}'`,
		'Stop it     Ctrl-C',
		'',
	].join('\n');
}
