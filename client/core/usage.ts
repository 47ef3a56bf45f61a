import type { Usage } from './reply';

/** What several replies used together; what none of them reports is absent. */
export function addUsage(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
	if (!one || !other) return one ?? other;
	const sum: Usage = { ...one };
	for (const [name, count] of Object.entries(other) as Array<[keyof Usage, number | undefined]>) {
		if (count !== undefined) sum[name] = (sum[name] ?? 0) + count;
	}
	return sum;
}
