/** Tells whoever waits what is going on. */
export interface Report {
	/** One line of text. */
	note(line: string): void;
	/**
	 * Runs `work` and shows its name and how long it takes.
	 *
	 * @param advice what the user can do if it fails; a sentence
	 * @throws an Error whose first line is the name, the reason and the advice, with the reason's details below
	 */
	step<T>(name: string, work: () => Promise<T>, advice?: string): Promise<T>;
	/** Says no more of steps that are still running. */
	end(): void;
}

const SPINNER = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];

/** A report on standard error: a line that counts seconds on a terminal, elsewhere a line every 15 s. */
export function createReport(): Report {
	const stream = process.stderr;
	const clear = stream.isTTY ? '\r\x1b[K' : '';
	const timers = new Set<NodeJS.Timeout>();

	return {
		note: (line) => void stream.write(`${clear}${line}\n`),
		async step(name, work, advice) {
			const started = Date.now();
			const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
			let frame = 0;
			const draw = () =>
				stream.isTTY
					? stream.write(`${clear}${SPINNER[frame++ % SPINNER.length]} ${name} ${seconds()}`)
					: stream.write(`… ${name}${frame++ === 0 ? '' : `, ${seconds()} so far`}\n`);
			draw();
			const timer = setInterval(draw, stream.isTTY ? 100 : 15_000);
			timers.add(timer);
			try {
				const result = await failingClearly(name, work, advice);
				stream.write(`${clear}✓ ${name} (${seconds()})\n`);
				return result;
			} catch (error) {
				stream.write(clear);
				throw error;
			} finally {
				clearInterval(timer);
				timers.delete(timer);
			}
		},
		end: () => timers.forEach(clearInterval),
	};
}

/** Runs a step that is too short to report, but whose failure needs the same care. */
export async function failingClearly<T>(name: string, work: () => Promise<T>, advice = ''): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const [reason = '', ...details] = reasonOf(error).split('\n');
		const sentence = /[.!?]$/.test(reason) ? reason : `${reason}.`;
		throw new Error([`${name}: ${sentence} ${advice}`.trim(), ...details].join('\n'), { cause: error });
	}
}

/** The message of anything thrown; fetch says only "fetch failed" and keeps the reason in its cause. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.message === 'fetch failed' && error.cause !== undefined
		? `the connection failed (${reasonOf(error.cause)})`
		: error.message;
}
