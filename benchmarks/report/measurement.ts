/** What was measured of us and, in the same run, of a peer: one value per round. */
export interface Measurement {
	measure: string;
	unit: string;
	ours: number[];
	peer?: Peer;
	goal?: Goal;
}

interface Peer {
	name: string;
	/** Infinity for what never came to pass. */
	values: number[];
}

/** What the median of our values, or `ours / peer`, should be. */
export interface Goal {
	of: 'ours' | 'ratio';
	is: '≤' | '<' | '≥' | '=';
	limit: number;
}

/** A measurement as `--json` writes it. */
export interface Row {
	measure: string;
	unit: string;
	/** The median; null for what never came to pass. */
	ours: number | null;
	peer: number | null;
	peerName: string | null;
	/** ours / peer */
	ratio: number | null;
	goal: string | null;
	/** null where there is no goal. */
	ok: boolean | null;
}

/** One measurement per peer. The goal is about ours, so it is in the first only. */
export function compare(
	measure: string,
	unit: string,
	ours: number[],
	peers: Peer[],
	goal?: Omit<Goal, 'of'>,
): Measurement[] {
	const alone: Measurement = { measure, unit, ours, ...(goal && { goal: { of: 'ours', ...goal } }) };
	if (peers.length === 0) return [alone];
	return peers.map((peer, index) => ({ ...(index === 0 ? alone : { measure, unit, ours }), peer }));
}

export function rowOf({ measure, unit, ours, peer, goal }: Measurement): Row {
	const ourMedian = median(ours);
	const peerMedian = peer === undefined ? NaN : median(peer.values);
	const ratio = ourMedian / peerMedian;
	return {
		measure,
		unit,
		ours: rounded(ourMedian),
		peer: rounded(peerMedian),
		peerName: peer?.name ?? null,
		ratio: rounded(ratio),
		goal: goal ? goalText(goal, unit) : null,
		ok: goal ? isMet(goal, goal.of === 'ratio' ? ratio : ourMedian) : null,
	};
}

export function median(values: number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function goalText({ of, is, limit }: Goal, unit: string): string {
	return `${is} ${Number(limit.toFixed(2))} ${of === 'ratio' ? '× peer' : unit}`.trim();
}

function isMet({ is, limit }: Goal, value: number): boolean {
	if (is === '≤') return value <= limit;
	if (is === '<') return value < limit;
	return is === '≥' ? value >= limit : value === limit;
}

/** JSON has no other numbers than finite ones. */
function rounded(value: number): number | null {
	return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
