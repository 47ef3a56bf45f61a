/** The values of `reasoning_effort`, least first (openai 7.55, `shared.d.ts`). */
const LEVELS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type ReasoningEffort = (typeof LEVELS)[number];

/**
 * The level to use instead of one that a model lacks. Of two that are as near, the higher: below `minimal` there is only
 * `none`, which is no reasoning at all.
 *
 * @returns undefined when the level is unknown, or there is none to choose from.
 */
export function nearestEffort(wanted: unknown, offered: readonly string[]): ReasoningEffort | undefined {
	const place = LEVELS.findIndex((level) => level === wanted);
	if (place < 0) return undefined;
	const distance = (level: ReasoningEffort) => Math.abs(LEVELS.indexOf(level) - place);
	return LEVELS.filter((level) => offered.includes(level)).reduce<ReasoningEffort | undefined>(
		(best, level) => (best && distance(best) < distance(level) ? best : level),
		undefined,
	);
}
