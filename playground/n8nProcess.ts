import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './freePorts';
import type { N8nHost } from './n8nHost';
import { killGroup, lastLines, startGroup, stopGroup } from './processGroups';

const LOOPBACK = '127.0.0.1';
const READY_WITHIN_MS = 180_000;

/** How to start n8n. */
export interface N8nOptions {
	/** N8N_USER_FOLDER: everything this n8n remembers is in `.n8n` below it, what it says in `n8n.log`. */
	userFolder: string;
	host: N8nHost;
	/** A free port unless told otherwise. */
	port?: number;
	/** Settings beyond, or instead of, those below. */
	env?: Record<string, string>;
	/** Options of Node for n8n's own process, not for what it starts. */
	nodeOptions?: string[];
}

/** A running n8n. */
export interface RunningN8n {
	/** The editor, without a slash at the end. */
	url: string;
	/** What it says. */
	logFile: string;
	/** Stops it and its task runner; does nothing the second time. */
	stop: () => Promise<void>;
	/** Ends it at once, as a machine that goes down does. */
	kill: () => void;
}

/**
 * Starts n8n and waits until it answers, about 20 s.
 *
 * @throws when it ends or does not answer in 3 min, with the end of its log
 */
export async function startN8n(options: N8nOptions): Promise<RunningN8n> {
	return await startProgram(['start'], options);
}

/**
 * Starts a worker of an n8n in queue mode, and waits until it takes executions.
 *
 * @param options its environment has to name the queue, the database and the encryption key of the main process.
 * @throws as {@link startN8n}
 */
export async function startWorker(options: N8nOptions): Promise<RunningN8n> {
	return await startProgram(['worker', '--concurrency=5'], options);
}

async function startProgram(command: string[], options: N8nOptions): Promise<RunningN8n> {
	for (let attempt = 1; ; attempt++) {
		const [freePort, brokerPort] = (await freePorts(2)) as [number, number];
		try {
			return await startOn(options.port ?? freePort, brokerPort, command, options);
		} catch (error) {
			// Between finding a port free and n8n listening on it lie some seconds in which another can take it.
			const portTaken = error instanceof Error && /port \d+ is already in use/.test(error.message);
			if (!portTaken || options.port !== undefined || attempt === 3) throw error;
		}
	}
}

async function startOn(
	port: number,
	brokerPort: number,
	command: string[],
	options: N8nOptions,
): Promise<RunningN8n> {
	const { host, userFolder, nodeOptions = [] } = options;
	const logFile = join(userFolder, 'n8n.log');
	const url = `http://${LOOPBACK}:${port}`;
	const child = startGroup(host.node, [...nodeOptions, host.n8n, ...command], {
		// n8n reads a .env file where it is started; there is none here.
		cwd: userFolder,
		logFile,
		env: {
			...fromTheShell(),
			...settings({ userFolder, url, port, brokerPort }),
			PATH: host.path,
			...options.env,
		},
	});
	try {
		await answers(`${url}/healthz/readiness`, child);
	} catch (error) {
		await stopGroup(child);
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(`${reason}, see ${logFile}\n${lastLines(logFile)}`);
	}
	return { url, logFile, stop: () => stopGroup(child), kill: () => killGroup(child) };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
	let ended: string | undefined;
	child.once('error', (error) => (ended = `n8n could not be started (${error.message})`));
	child.once('exit', (code, signal) => (ended = `n8n ended with ${signal ?? `code ${code}`}`));
	const deadline = Date.now() + READY_WITHIN_MS;
	while (ended === undefined) {
		const ready = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
			(response) => response.ok,
			() => false,
		);
		if (ready) return;
		if (Date.now() > deadline) throw new Error(`n8n did not get ready in ${READY_WITHIN_MS / 1000} s`);
		await sleep(200);
	}
	throw new Error(ended);
}

/**
 * All that n8n gets of the caller's environment. Whoever develops nodes has N8N_* or DB_* variables set, Jest sets
 * NODE_ENV, npm sets npm_*: each would make another n8n of it. The OpenAI key goes into the credential only.
 */
function fromTheShell(): NodeJS.ProcessEnv {
	const wanted =
		/^(HOME|USER|LANG|LC_\w+|TZ|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|(HTTPS?|ALL|NO)_PROXY)$/i;
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
	const unproxied = [process.env.NO_PROXY ?? process.env.no_proxy, LOOPBACK, 'localhost']
		.filter(Boolean)
		.join(',');
	return { ...env, NO_PROXY: unproxied, no_proxy: unproxied };
}

function settings(at: { userFolder: string; url: string; port: number; brokerPort: number }) {
	return {
		NODE_ENV: 'production',
		NO_COLOR: '1',
		N8N_USER_FOLDER: at.userFolder,
		N8N_LISTEN_ADDRESS: LOOPBACK,
		N8N_HOST: LOOPBACK,
		N8N_PORT: String(at.port),
		N8N_WEBHOOK_URL: `${at.url}/`,
		N8N_RUNNERS_BROKER_PORT: String(at.brokerPort),
		// A worker has no other server than the one that tells whether it is ready.
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(at.port),
		// Browsers keep a secure cookie from plain HTTP.
		N8N_SECURE_COOKIE: 'false',
		// Nothing leaves the machine, and nothing stands between the user and the workflow at the first visit.
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_DISABLED_MODULES: 'mcp-registry',
	};
}
