import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** How long a group that was asked to end may take. */
const GRACE_MS = 10_000;

/** How to start a program: where, with which environment, and the file that gets what it says. */
export interface SpawnOptions {
	cwd: string;
	env?: NodeJS.ProcessEnv;
	logFile: string;
}

const running = new Set<ChildProcess>();

/**
 * Starts a program in a process group of its own, so that it and all that it starts can be stopped together, and
 * a Ctrl-C in the terminal reaches us alone. Whatever still runs when this process ends is ended too.
 */
export function startGroup(command: string, args: string[], options: SpawnOptions): ChildProcess {
	mkdirSync(dirname(options.logFile), { recursive: true });
	const log = openSync(options.logFile, 'w');
	const child = spawn(command, args, {
		cwd: options.cwd,
		env: withGuard(options.env ?? process.env),
		detached: true,
		stdio: ['ignore', log, log],
	});
	closeSync(log);

	// Before other exit handlers: one may remove the folder that the programs write to.
	if (running.size === 0) process.prependOnceListener('exit', killAllGroups);
	running.add(child);
	child.once('exit', () => {
		running.delete(child);
		if (running.size === 0) process.off('exit', killAllGroups);
		signalGroup(child, 'SIGKILL');
	});
	child.once('error', () => running.delete(child));
	return child;
}

/** Asks a group to end, and kills what is left of it after 10 s. Resolves when its first process is gone. */
export async function stopGroup(child: ChildProcess): Promise<void> {
	if (!running.has(child)) return;
	const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	signalGroup(child, 'SIGTERM');
	const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
	await gone;
	clearTimeout(timer);
}

/** Ends a group at once. */
export function killGroup(child: ChildProcess): void {
	signalGroup(child, 'SIGKILL');
}

/** {@link stopGroup} for every group that this process has started and not yet stopped. */
export async function stopAllGroups(): Promise<void> {
	await Promise.all([...running].map((child) => stopGroup(child)));
}

function killAllGroups(): void {
	for (const child of running) signalGroup(child, 'SIGKILL');
}

/**
 * Runs a program to its end.
 *
 * @throws when it cannot be started or ends with another code than 0: the reason and the log file in the first
 * line, the end of the log below
 */
export async function run(command: string, args: string[], options: SpawnOptions): Promise<void> {
	const child = startGroup(command, args, options);
	const outcome = await new Promise<string | number>((resolve) => {
		child.once('error', (error) => resolve(`could not be started (${error.message})`));
		child.once('exit', (code, signal) => resolve(code ?? `was ended by ${signal}`));
	});
	if (outcome === 0) return;
	const said = typeof outcome === 'number' ? `ended with code ${outcome}` : outcome;
	throw new Error(`${command} ${said}, see ${options.logFile}\n${lastLines(options.logFile)}`);
}

/** The last lines of a log file, marked as a quotation. */
export function lastLines(logFile: string): string {
	const lines = stripVTControlCharacters(readFileSync(logFile, 'utf8')).trimEnd().split('\n');
	return lines
		.slice(-20)
		.map((line) => `  | ${line}`)
		.join('\n');
}

/** @returns the environment, with which every Node program below ends when its parent has */
function withGuard(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	// Node reads quoted values the way JSON writes them.
	const guard = `--require ${JSON.stringify(join(__dirname, 'exitWithParent.cjs'))}`;
	return { ...env, NODE_OPTIONS: [env.NODE_OPTIONS, guard].filter(Boolean).join(' ') };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		// Nobody is left in the group.
	}
}
