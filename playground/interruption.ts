/** The signals a person or a supervisor ends us with, and the exit code a shell expects after each. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** npm hands on the Ctrl-C that the terminal has already sent us: two signals this close are one wish. */
const SAME_WISH_MS = 500;

/**
 * Resolves at the first Ctrl-C (or SIGTERM, or the terminal closing) with the exit code that goes with it.
 * The second ends this process there and then, and with it all it has started.
 */
export function interruption(): Promise<number> {
	return new Promise((resolve) => {
		let first: number | undefined;
		const interrupt = (exitCode: number) => {
			if (first === undefined) {
				first = Date.now();
				resolve(exitCode);
			} else if (Date.now() - first > SAME_WISH_MS) {
				process.exit(exitCode);
			}
		};
		for (const [signal, exitCode] of Object.entries(EXIT_CODES))
			process.on(signal, () => interrupt(exitCode));
	});
}
