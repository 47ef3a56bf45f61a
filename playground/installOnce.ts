import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from './folderLock';
import type { Report } from './report';

/** One step of an installation. */
export interface InstallStep {
	name: string;
	advice: string;
	run(): Promise<void>;
}

/** What to install where. */
export interface Installation {
	/** Made if it is not there; holds this and nothing else. */
	folder: string;
	/** Becomes its package.json. */
	manifest: object;
	steps: InstallStep[];
	report: Report;
}

/** Written last by every step, so a step that was interrupted is not in it. */
interface Marker {
	fingerprint: string;
	/** How many of the steps. */
	done: number;
}

const MARKER = 'installed.json';

/**
 * Runs the steps of an installation that have not been run before, in order. An interrupted one goes on with the
 * step it was in, one of another manifest or system starts afresh. Of two at a time, the second waits.
 */
export async function installOnce({ folder, manifest, steps, report }: Installation): Promise<void> {
	const manifestText = JSON.stringify(manifest, null, 2);
	const fingerprint = createHash('sha256')
		.update([manifestText, process.platform, process.arch].join('\n'))
		.digest('hex');
	const stepsDone = () => {
		const marker = readMarker(folder);
		return marker?.fingerprint === fingerprint ? marker.done : 0;
	};
	if (stepsDone() === steps.length) return;

	const locked = takeLock(`${folder}.lock`, 'wait', () => {
		report.step(`Wait for another start to install in ${folder}`, () => locked).catch(() => {});
	});
	const unlock = await locked;
	try {
		let done = stepsDone();
		// npm takes a package for installed whose files are only half there, hence no going on inside the first step.
		if (done === 0) await emptyFolder(folder);
		await mkdir(folder, { recursive: true });
		await writeFile(join(folder, 'package.json'), manifestText);
		for (const step of steps.slice(done)) {
			await report.step(step.name, async () => await step.run(), step.advice);
			await writeFile(join(folder, MARKER), JSON.stringify({ fingerprint, done: ++done } satisfies Marker));
		}
	} finally {
		unlock?.();
	}
}

function readMarker(folder: string): Marker | undefined {
	try {
		return JSON.parse(readFileSync(join(folder, MARKER), 'utf8')) as Marker;
	} catch {
		return undefined;
	}
}

/** The marker goes first, so that a folder half emptied is never taken for a finished one. */
async function emptyFolder(folder: string): Promise<void> {
	await rm(join(folder, MARKER), { force: true });
	const entries = await readdir(folder).catch(() => []);
	for (const entry of entries) await rm(join(folder, entry), { recursive: true, force: true });
}
