import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { repositoryFolder } from '../../playground/folders';
import type { Options } from '../commandLine';
import { chart } from './chart';
import { rowOf, type Measurement, type Row } from './measurement';
import { table } from './table';

/** The rows of the last whole run of each command: the chart shows both. */
export type Results = Partial<Record<'bench' | 'n8n', Row[]>>;

const RESULTS = join(__dirname, '..', 'results.json');
const CHART = join(repositoryFolder, 'docs', 'benchmarks.svg');

/**
 * Prints the measurements, and writes them where they are wanted. Those of a whole run, not of a trial, become the
 * published ones.
 */
export async function publishResults(
	command: keyof Results,
	measurements: Measurement[],
	versions: string[],
	{ jsonFile, only, isQuick }: Options,
): Promise<void> {
	const rows = measurements.map(rowOf);
	const missed = rows.filter(({ ok }) => ok === false).length;
	const verdict = missed === 0 ? 'Every goal is met.' : `${missed} of the goals missed.`;
	const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'CPU'}`;
	process.stdout.write(`${[machine, ...versions].join('\n')}\n\n`);
	process.stdout.write(`${table(measurements)}\n\n${verdict}\n`);
	if (jsonFile) await writeJson(resolve(jsonFile), rows);
	if (isQuick || only.length > 0) return;

	const before = await readFile(RESULTS, 'utf8').catch(() => '{}');
	const results: Results = { ...(JSON.parse(before) as Results), [command]: rows };
	await writeJson(RESULTS, results);
	await writeFile(CHART, chart(results));
}

async function writeJson(file: string, value: unknown): Promise<void> {
	await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
