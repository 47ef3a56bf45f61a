import { join, relative } from 'node:path';
import { takeLock } from './folderLock';
import { repositoryFolder } from './folders';
import { isFree } from './freePorts';
import { emptyPackageFolder, installPackage } from './installPackage';
import { interruption } from './interruption';
import {
	getExecution,
	listExecutions,
	ownerSetupOrSignIn,
	saveCredential,
	waitForWebhook,
	type Owner,
	type Session,
} from './n8nApi';
import { ensureHost } from './n8nHost';
import { startN8n } from './n8nProcess';
import { run, stopAllGroups } from './processGroups';
import { createReport, type Report } from './report';
import { publishSamples, type PublishedSample, type PublishedSamples } from './sampleWorkflows';
import { startStandInApi, type StandInApi } from './standInApi';
import { takeUserFolder } from './userFolder';

/** Nothing to keep secret: this n8n listens on the loopback address only. */
const OWNER: Owner = {
	email: 'owner@example.com',
	password: 'Playground1',
	firstName: 'Playground',
	lastName: 'Owner',
};
const QUESTION = 'What is n8n, in one sentence?';
/** Any picture will do. */
const SAMPLE_IMAGE = relative(process.cwd(), join(repositoryFolder, 'docs/screenshots/workflow.png'));
const N8N_USUAL_PORT = 5678;
const REPLY_WITHIN_MS = 120_000;

/** What was asked for on the command line. */
export interface StartOptions {
	/** Whether to stop after the first reply, and leave nothing behind. */
	once: boolean;
	/** Whether n8n is to listen for a debugger. */
	inspect: boolean;
	/** Builds the node now and at each change of a source, where `tools/watch.js` builds it; once unless given. */
	watchPackage?: WatchPackage;
}

/** Resolves with what was wrong with the first build; of later ones it tells. */
type WatchPackage = (
	folder: string,
	onRebuilt: (problems: string[]) => void,
) => Promise<{ problems: string[] }>;

/** Where the node sends its requests. */
type Api = Omit<StandInApi, 'stop'> & { model?: string; advice?: string };

/**
 * What `npm start` does: a real n8n with the node in it, a workflow that uses it, and the first reply on standard
 * output. Everything else is said on standard error. Ends the process.
 */
export async function main(options: StartOptions): Promise<void> {
	const { once } = options;
	const report = createReport();
	const interrupted = interruption();
	let outcome = await Promise.race([
		interrupted,
		play(report, options).then(
			() => 0,
			(error: Error) => error,
		),
	]);
	if (outcome === 0 && !once) await interrupted;

	// A step that is interrupted counts no more, and that it fails is nobody's news.
	report.end();
	if (outcome instanceof Error) {
		report.note(`✗ ${outcome.message}`);
		outcome = 1;
	}
	await report.step('Stop', stopAllGroups);
	process.exit(outcome);
}

async function play(report: Report, { once, inspect, watchPackage }: StartOptions): Promise<void> {
	const host = await ensureHost(report);
	const { path: userFolder, isLasting } = await takeUserFolder(report, once);
	await report.step(
		'Build the node and install it in n8n',
		async () =>
			watchPackage
				? await buildAtEachChange(userFolder, watchPackage, report)
				: await buildAndInstall(userFolder),
		'Put right what it says and start again.',
	);
	const api = await chooseApi(report);

	const startAfresh = isLasting ? `To start with an empty n8n, delete ${userFolder}.` : '';
	// The usual port, so that a bookmark still works at the next start; tests and the like take any.
	const port = isLasting && (await isFree(N8N_USUAL_PORT)) ? N8N_USUAL_PORT : undefined;
	const { url, logFile } = await report.step(
		'Start n8n',
		async () =>
			await startN8n({
				host,
				userFolder,
				port,
				// n8n watches the packages it has loaded, and loads anew what changes.
				...(watchPackage && { env: { N8N_DEV_RELOAD: 'true' } }),
				...(inspect && { nodeOptions: ['--inspect'] }),
			}),
		startAfresh,
	);
	const [session, samples] = await report.step(
		'Sign in, save the credential, publish the sample workflows',
		async () => await setUp(url, api),
		startAfresh,
	);
	const reply = await report.step(
		`Ask "${QUESTION}" over the webhook`,
		async () => await ask(session, samples.ask),
		api.advice ?? startAfresh,
	);
	process.stdout.write(`${JSON.stringify(reply, null, 2)}\n`);
	if (!once) report.note(welcome(url, samples));
	if (watchPackage) report.note(`n8n's log   ${logFile}\n`);
}

async function buildAndInstall(userFolder: string): Promise<void> {
	const modules = join(repositoryFolder, 'node_modules');
	// A build empties dist first: another start of this clone must not be packing it just then.
	const unlock = await takeLock(join(modules, '.cache', 'playground-build.lock'), 'wait');
	const gulp = join(modules, 'gulp', 'bin', 'gulp.js');
	const logFile = join(userFolder, 'build.log');
	await run(process.execPath, [gulp, 'bundle'], { cwd: repositoryFolder, logFile });
	await installPackage(userFolder);
	unlock?.();
}

/** Builds where n8n looks for packages, and says so each time, for it is n8n that then loads the node. */
async function buildAtEachChange(
	userFolder: string,
	watchPackage: WatchPackage,
	report: Report,
): Promise<void> {
	const folder = await emptyPackageFolder(userFolder);
	const { problems } = await watchPackage(folder, (problems) => {
		const lines = problems.length > 0 ? problems.map((text) => `✗ ${text}`) : ['✓ Built anew'];
		for (const line of lines) report.note(`${new Date().toLocaleTimeString()} ${line}`);
	});
	if (problems.length > 0) throw new Error(['The build failed', ...problems].join('\n'));
}

async function chooseApi(report: Report): Promise<Api> {
	const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL, OPENAI_MODEL: model } = process.env;
	if (apiKey) {
		const baseUrl = OPENAI_BASE_URL || 'https://api.openai.com/v1';
		report.note(`Using ${baseUrl} with OPENAI_API_KEY`);
		return { apiKey, baseUrl, model, advice: 'Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.' };
	}
	const standIn = await report.step('Start a stand-in for the OpenAI API', startStandInApi);
	report.note(`OPENAI_API_KEY is not set: replies come from the stand-in at ${standIn.baseUrl}`);
	return { ...standIn, model };
}

async function setUp(url: string, { apiKey, baseUrl, model }: Api): Promise<[Session, PublishedSamples]> {
	const session = await ownerSetupOrSignIn(url, OWNER);
	const credential = await saveCredential(session, {
		name: 'Playground',
		type: 'chatGptApi',
		data: { apiType: 'openai', apiKey, baseUrl },
	});
	return [session, await publishSamples(session, credential, model)];
}

async function ask(session: Session, { url, workflow }: PublishedSample): Promise<unknown> {
	await waitForWebhook(url);
	const response = await fetch(url, {
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

function welcome(editorUrl: string, samples: PublishedSamples): string {
	const about = ({ workflow }: PublishedSample) => `${workflow.name}: ${editorUrl}/workflow/${workflow.id}`;
	const { ask, chat, image, letters } = samples;
	return [
		'',
		`Editor      ${editorUrl}`,
		`E-mail      ${OWNER.email}`,
		`Password    ${OWNER.password}`,
		'',
		about(ask),
		`  Ask it    curl ${ask.url} -H 'content-type: application/json' -d '{"question": "Translate \\"How are you?\\" to French"}'`,
		'',
		about(chat),
		`  Chat      open ${chat.url} in a browser`,
		'',
		about(image),
		`  Show it   curl ${image.url} -F image=@${SAMPLE_IMAGE}`,
		'',
		about(letters),
		`  Write it  curl ${letters.url} -H 'content-type: application/json' -d '{"text": "My lamp flickers."}'`,
		'',
		'Stop it     Ctrl-C',
		'',
	].join('\n');
}
