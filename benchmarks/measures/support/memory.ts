import { setImmediate as nextTurn } from 'node:timers/promises';

export const MB = 1_000_000;

/** Removes all that nobody refers to. Once is not enough: what a finaliser frees goes with the second. */
export async function collectGarbage(): Promise<void> {
	for (let time = 0; time < 3; time++) {
		if (!globalThis.gc) throw new Error('Run this with --expose-gc');
		globalThis.gc();
		await nextTurn();
	}
}

export async function heapUsed(): Promise<number> {
	await collectGarbage();
	return process.memoryUsage().heapUsed;
}
