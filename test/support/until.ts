import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that another process or the kernel has yet to notice. Fails with `what` after ten seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = performance.now() + 10_000;
	while (!(await holds())) {
		if (performance.now() > deadline) throw new Error(`Waited 10 s in vain until ${what}`);
		await sleep(10);
	}
}
