import { rmSync } from 'node:fs';
import { mkdir, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const LOOKS_PER_HEARTBEAT = 4;
/** This many looks without a heartbeat, 15 s, and the holder is taken to be dead. */
const SILENT_LOOKS = 30;

/**
 * Takes a lock that is a folder: making a folder either succeeds or finds that another was first.
 *
 * The holder keeps it warm by touching it. A process id in it would not do: ids are used again, and mean nothing
 * in another container on the same cache folder. Silence is counted in looks, not by the clock, so that a laptop
 * that slept does not find every lock abandoned.
 *
 * @param whenHeld `wait` until it is free, or `give up` once its holder is known to be alive
 * @param onWait called once if there is a wait
 * @param heartbeatMs the same for all who share a lock; tests are in a hurry
 * @returns a function that frees the lock, also called when the process exits; undefined after giving up
 */
export async function takeLock(
	folder: string,
	whenHeld: 'wait' | 'give up',
	onWait?: () => void,
	heartbeatMs = HEARTBEAT_MS,
): Promise<(() => void) | undefined> {
	await mkdir(dirname(folder), { recursive: true });
	let lastBeat: number | undefined;
	let silentLooks = 0;
	for (;;) {
		if (await make(folder)) return keepWarm(folder, heartbeatMs);
		const beat = await lastTouched(folder);
		if (beat === undefined) continue;
		if (beat === lastBeat) {
			silentLooks++;
		} else {
			if (lastBeat !== undefined && whenHeld === 'give up') return undefined;
			if (lastBeat === undefined) onWait?.();
			lastBeat = beat;
			silentLooks = 0;
		}
		if (silentLooks >= SILENT_LOOKS) await rmdir(folder).catch(() => {});
		else await sleep(heartbeatMs / LOOKS_PER_HEARTBEAT);
	}
}

async function make(folder: string): Promise<boolean> {
	try {
		await mkdir(folder);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

async function lastTouched(folder: string): Promise<number | undefined> {
	return await stat(folder).then(
		({ mtimeMs }) => mtimeMs,
		() => undefined,
	);
}

function keepWarm(folder: string, heartbeatMs: number): () => void {
	const timer = setInterval(() => {
		const now = new Date();
		utimes(folder, now, now).catch(() => {});
	}, heartbeatMs);
	timer.unref();
	const release = () => {
		clearInterval(timer);
		process.off('exit', release);
		rmSync(folder, { recursive: true, force: true });
	};
	process.once('exit', release);
	return release;
}
