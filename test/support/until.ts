import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that another process or the kernel has yet to notice. Fails with `what` when it takes longer. */
export async function until(
	what: string,
	holds: () => boolean | Promise<boolean>,
	withinMs = 25_000,
): Promise<void> {
	const deadline = performance.now() + withinMs;
	while (!(await holds())) {
		if (performance.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain until ${what}`);
		await sleep(10);
	}
}
