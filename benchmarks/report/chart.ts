import type { Row } from './measurement';
import type { Results } from './publish';

/** The measures that are in the chart. */
export const WALL_TIME = 'Time for 100 items';
export const ITEMS_OUT = 'Items out when 10 % of the requests fail';
export const CPU = 'CPU per plain call';

/** Names ours in the chart. */
const OURS = 'ChatGPT (this package)';
// GitHub shows one picture on white and on near black, whichever the reader chose: these can be read on both.
const COLORS = { ours: '#12a37f', peer: '#8b949e', text: '#7a828c' };
const [WIDTH, LINE, BAR, LABELS, NOTES] = [820, 30, 16, 230, 230];
const BARS = WIDTH - LABELS - NOTES;

interface Bar {
	name: string;
	value: number;
	note?: string;
}

/** A bar chart of the results: what n8n's users notice, and what our client costs. */
export function chart({ n8n = [], bench = [] }: Results): string {
	const itemsOut = barsOf(n8n, ITEMS_OUT);
	const times = barsOf(n8n, WALL_TIME).map((bar) => {
		const out = itemsOut.find(({ name }) => name === bar.name);
		return out ? { ...bar, note: `${out.value} of 100 come out` } : bar;
	});
	let y = 0;
	const panels = [
		panel('100 items in n8n: seconds, and how many come out when 10 % of the requests fail', times),
		panel('One call: milliseconds of CPU', barsOf(bench, CPU)),
	].map((draw) => {
		const { svg, height } = draw(y);
		y += height;
		return svg;
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="${COLORS.text}">`,
		'<title>Benchmarks: shorter bars are better</title>',
		...panels.filter(Boolean),
		'</svg>\n',
	].join('\n');
}

function barsOf(rows: Row[], measure: string): Bar[] {
	const of = rows.filter((row) => row.measure === measure);
	const peers = of.map(({ peerName, peer }) => ({ name: peerName, value: peer }));
	const all = of.length === 0 ? [] : [{ name: OURS, value: of[0]!.ours }, ...peers];
	return all.filter((bar): bar is Bar => bar.name !== null && bar.value !== null);
}

function panel(title: string, bars: Bar[]) {
	const most = Math.max(...bars.map(({ value }) => value));
	return (top: number) => {
		if (bars.length === 0) return { svg: '', height: 0 };
		const lines = bars.map(({ name, value, note }, index) => {
			const y = top + (index + 1) * LINE + 6;
			const color = name === OURS ? COLORS.ours : COLORS.peer;
			const weight = name === OURS ? ' font-weight="600"' : '';
			const length = Math.max(2, Math.round((value / most) * BARS));
			return [
				`<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end"${weight}>${escape(name)}</text>`,
				`<rect x="${LABELS}" y="${y}" width="${length}" height="${BAR}" rx="3" fill="${color}"/>`,
				`<text x="${LABELS + length + 8}" y="${y + 13}"${weight}>${[figure(value), note].filter(Boolean).join(' · ')}</text>`,
			].join('\n');
		});
		const heading = `<text x="12" y="${top + 22}">${title}</text>`;
		return { svg: [heading, ...lines].join('\n'), height: (bars.length + 1) * LINE + 16 };
	};
}

const figure = (value: number) => value.toFixed(value < 1 ? 2 : 1);

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
