import type { Measurement } from '../../report/measurement';
import { askSimply } from './askAll';
import { rounds } from './inOwnProcess';
import { collectGarbage } from './memory';
import type { Ask } from './waysToAsk';

/**
 * Measures the CPU that one call takes, ours and those of peers.
 *
 * @param options.calls in a round
 * @param options.most how much of each peer's CPU a call of ours may take
 */
export async function cpuPerCall(
	measure: string,
	ours: Ask,
	peers: Record<string, Ask>,
	{ calls, most, quick }: { calls: number; most: Record<string, number>; quick: boolean },
): Promise<Measurement[]> {
	const all = [ours, ...Object.values(peers)];
	const replies = new Set(await Promise.all(all.map((ask) => ask('Hello'))));
	if (replies.size > 1) throw new Error('They do not get the same reply');
	// Until the compiler has seen enough of each.
	for (const ask of all) await askSimply(ask, quick ? calls : 4 * calls);

	const cpuMs = all.map((): number[] => []);
	await rounds(quick ? 2 : 7, async () => {
		for (const [index, ask] of all.entries()) cpuMs[index]!.push(await cpuMsOf(ask, calls));
	});
	const [mine, ...theirs] = cpuMs;
	return Object.keys(peers).map((name, index) => ({
		measure,
		unit: 'ms',
		ours: mine!,
		peer: { name, values: theirs[index]! },
		goal: { of: 'ratio', is: '≤', limit: most[name]! },
	}));
}

async function cpuMsOf(ask: Ask, calls: number): Promise<number> {
	await collectGarbage();
	const before = process.cpuUsage();
	await askSimply(ask, calls);
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000 / calls;
}
