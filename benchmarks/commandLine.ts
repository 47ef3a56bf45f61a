import { parseArgs } from 'node:util';

/**
 * Runs one of the two commands to its end. A goal that is missed is no failure; what cannot be measured is.
 *
 * @param measures the names of which the arguments may choose
 */
export function command(measures: string[], run: (options: Options) => Promise<void>): void {
	// The servers are on this machine, whatever proxy the machine uses.
	process.env.NO_PROXY = process.env.no_proxy = '127.0.0.1,localhost';
	const start = async () => await run(readArguments(measures));
	start().catch((error: Error) => {
		process.stderr.write(`✗ ${error.message}\n`);
		process.exitCode = 1;
	});
}

/** `[MEASURE…] [--json FILE] [--quick]` */
export interface Options {
	/** All if it is empty. */
	only: string[];
	jsonFile?: string;
	/** A trial: enough to see that it works, not enough for figures. */
	isQuick: boolean;
}

function readArguments(measures: string[]): Options {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
	});
	const unknown = positionals.find((name) => !measures.includes(name));
	if (unknown !== undefined)
		throw new Error(`There is no measure "${unknown}", only: ${measures.join(', ')}`);
	return { only: positionals, jsonFile: values.json, isQuick: values.quick };
}
