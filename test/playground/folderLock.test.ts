import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../playground/folderLock';

/** Makes the 15 s of silence after which a holder is taken to be dead 300 ms. */
const HEARTBEAT_MS = 40;

let folder: string;
let lock: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'folder-lock-'));
	lock = join(folder, 'made', 'when', 'needed.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const take = async (whenHeld: 'wait' | 'give up', onWait?: () => void) =>
	await takeLock(lock, whenHeld, onWait, HEARTBEAT_MS);

test('takeLock gives up on a lock whose holder is alive, and gets it once it is free', async () => {
	const unlock = await take('give up');
	expect(await take('give up')).toBeUndefined();
	unlock!();
	expect(existsSync(lock)).toBe(false);
	(await take('give up'))!();
});

test('takeLock waits, and says so once, for as long as the holder is alive', async () => {
	const unlock = await take('wait');
	const onWait = jest.fn();
	let freedAt = Infinity;
	// Longer than a dead holder would be waited for.
	setTimeout(() => {
		freedAt = performance.now();
		unlock!();
	}, 600);
	const unlockSecond = await take('wait', onWait);
	expect(performance.now()).toBeGreaterThanOrEqual(freedAt);
	expect(onWait).toHaveBeenCalledTimes(1);
	unlockSecond!();
});

test.each(['wait', 'give up'] as const)(
	'takeLock takes over from a dead holder, but only after silence (%s)',
	async (whenHeld) => {
		// What a kill -9 leaves behind.
		mkdirSync(lock, { recursive: true });
		const started = performance.now();
		const unlock = await take(whenHeld);
		expect(performance.now() - started).toBeGreaterThan(7 * HEARTBEAT_MS);
		unlock!();
	},
);
