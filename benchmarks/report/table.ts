import { rowOf, median, type Measurement } from './measurement';

const HEAD = ['measure', 'ours (min–max)', 'peer (min–max)', 'ratio', 'goal', ''];

/** The measurements as text, one line each. */
export function table(measurements: Measurement[]): string {
	let last = '';
	const lines = measurements.map((measurement) => {
		const { measure, unit, ours, peer } = measurement;
		const { ratio, goal, ok } = rowOf(measurement);
		const line = [
			measure === last ? '' : measure,
			withSpread(ours, unit),
			peer ? `${withSpread(peer.values, unit)} ${peer.name}` : '–',
			ratio === null ? '–' : number(ratio),
			goal ?? '–',
			ok === null ? '' : ok ? 'ok' : 'missed',
		];
		last = measure;
		return line;
	});
	const all = [HEAD, ...lines];
	const widths = HEAD.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
	const rule = widths.map((width) => '─'.repeat(width));
	return [HEAD, rule, ...lines]
		.map((line) =>
			line
				.map((cell, column) => cell.padEnd(widths[column]!))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}

function withSpread(values: number[], unit: string): string {
	const [least, most] = [Math.min(...values), Math.max(...values)];
	const spread = least === most ? '' : ` (${number(least)}–${number(most)})`;
	return `${number(median(values))}${spread} ${unit}`.trimEnd();
}

function number(value: number): string {
	if (!Number.isFinite(value)) return 'never';
	if (Number.isInteger(value)) return String(value);
	const size = Math.abs(value);
	return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
