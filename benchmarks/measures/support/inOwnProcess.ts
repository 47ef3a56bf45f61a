import type { Measurement } from '../../report/measurement';

/** How much to measure. */
export interface Effort {
	/** A trial: enough to see that it works, not enough for figures. */
	quick: boolean;
}

/** Ends this process, which does nothing else, when all is measured and handed to the one that started it. */
export function inOwnProcess(measure: (effort: Effort) => Promise<Measurement[]>): void {
	process.once('disconnect', () => process.exit(1));
	measure({ quick: process.argv[2] === 'quick' }).then(
		(measurements) => process.send!(measurements, () => process.exit(0)),
		(error: Error) => {
			process.stderr.write(`${error.stack}\n`);
			process.exit(1);
		},
	);
}

/** Runs all once per round, in turn, so that what else the machine does hits all alike. */
export async function rounds(count: number, round: () => Promise<void> | void): Promise<void> {
	for (let number = 0; number < count; number++) await round();
}
