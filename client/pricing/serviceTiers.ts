/**
 * What OpenAI's kinds of processing cost, as a multiple of the standard price. Cached tokens keep their discount.
 *
 * - Flex has the prices of Batch: https://developers.openai.com/api/docs/guides/flex-processing
 * - Batch is half the standard price: https://developers.openai.com/api/docs/guides/batch
 * - Priority has a price list: https://openai.com/api-priority-processing
 *
 * @param tier as the reply names it; the one that was asked for if the reply does not say.
 * @param promptTokens the length of the prompt.
 * @returns undefined when no price is published, as for Scale, which is bought in advance.
 */
export function tierMultiplier(
	provider: string,
	tier: string,
	model: string,
	promptTokens: number,
): number | undefined {
	if (STANDARD.includes(tier)) return 1;
	if (provider !== 'openai') return undefined;
	if (tier === 'flex' || tier === 'batch') return 0.5;
	if (tier !== 'priority' || promptTokens > LONGEST_PRIORITY) return undefined;
	// The list names models without the dates of their versions, but for one.
	return PRIORITY[model] ?? PRIORITY[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
}

/** `on_demand` is Groq's name for it. */
const STANDARD = ['default', 'auto', 'standard', 'on_demand'];

/** The list excludes "requests estimated at >128K prompt tokens". */
const LONGEST_PRIORITY = 128_000;

/** The list's prices divided by the standard ones; input, cached input and output agree for each model. */
const PRIORITY: Record<string, number> = {
	'gpt-5.5': 2.5,
	'gpt-5.4': 2,
	'gpt-5.4-mini': 2,
	'gpt-5.2': 2,
	'gpt-5.1': 2,
	'gpt-5.1-codex': 2,
	'gpt-5': 2,
	'gpt-5-codex': 2,
	'gpt-5-mini': 1.8,
	'gpt-4.1': 1.75,
	'gpt-4.1-mini': 1.75,
	'gpt-4.1-nano': 2,
	'gpt-4o': 1.7,
	'gpt-4o-2024-05-13': 1.75,
	'gpt-4o-mini': 5 / 3,
	o3: 1.75,
	'o4-mini': 20 / 11,
};
