import type { BaseCall } from '../core/call';
import { isObject } from '../core/json';
import type { ChatReply, Usage } from '../core/reply';
import type { ModelRequest } from '../core/requests';
import type { Next } from '../core/step';
import { countsReasoningApart, pricesOf, type Price, type Prices } from './prices';
import { tierMultiplier } from './serviceTiers';

/** Prices that the user knows better, in USD per million tokens. */
export interface OwnPrices {
	/** The model they are for; for every model when absent. */
	model?: string;
	input: number;
	/** Absent when cached input costs as much as other input. */
	cached?: number;
	output: number;
}

/** What decides on a price besides the reply. */
export interface PriceContext {
	/** As `providerOf` names it; absent when unknown. */
	provider: string | undefined;
	/** They win over the published ones, whatever the kind of processing. */
	ownPrices?: OwnPrices[];
	/** When the reply came, in milliseconds since the epoch. */
	at: number;
}

/** What pricing needs of a call. */
export interface PricedCall extends BaseCall {
	/** Prices to use instead of the published ones. */
	ownPrices?: OwnPrices[];
	server: { provider: string | undefined; clock: { date(): number } };
}

/** The layer that writes into the log what a reply used and cost. */
export async function priceReply<R extends ModelRequest, C extends PricedCall>(
	request: R,
	call: C,
	next: Next<R, ChatReply, C>,
): Promise<ChatReply> {
	const reply = await next(request, call);
	const { ownPrices, server } = call;
	const context = { provider: server.provider, ownPrices, at: server.clock.date() };
	call.log.addReply(reply.usage, costOf(reply, request, context));
	return reply;
}

/**
 * What one reply cost, in USD: that of the model that answered, all choices and the tokens of reasoning included.
 *
 * @returns null when the price is unknown, or the server does not say how many tokens it was.
 */
export function costOf(
	{ model: answered, usage, raw }: Pick<ChatReply, 'model' | 'usage' | 'raw'>,
	asked: { model: string; service_tier?: unknown },
	{ provider, ownPrices = [], at }: PriceContext,
): number | null {
	const model = answered ?? asked.model;
	const own =
		ownPrices.find((prices) => prices.model === model || prices.model === asked.model) ??
		ownPrices.find((prices) => prices.model === undefined);
	if (own) return tokenCost(usage, own);
	if (!provider) return null;
	if (provider === 'openrouter') return reportedCost(raw.usage);
	const known = knownName(provider, model, asked.model, at);
	const prices = pricesOf(provider, known, at);
	if (!prices) return null;
	const multiplier = tierMultiplier(provider, tierOf(raw, asked), known, usage?.promptTokens ?? 0);
	if (multiplier === undefined) return null;
	return tokenCost(usage, prices, multiplier, countsReasoningApart(provider));
}

/** A version newer than the price table costs what the model costs by the name it was asked for. */
function knownName(provider: string, answered: string, asked: string, at: number): string {
	const isVersion = answered.startsWith(asked) && /^-\d{4}-?\d{2}-?\d{2}$/.test(answered.slice(asked.length));
	return isVersion && !pricesOf(provider, answered, at) ? asked : answered;
}

function tierOf(
	{ service_tier: used }: ChatReply['raw'],
	{ service_tier: wanted }: { service_tier?: unknown },
) {
	for (const tier of [used, wanted]) if (typeof tier === 'string' && tier) return tier;
	return 'default';
}

/**
 * What OpenRouter says it charged, in USD; with a key of one's own, the model's provider charges separately.
 * https://openrouter.ai/docs/use-cases/usage-accounting
 */
function reportedCost(usage: unknown): number | null {
	const { cost, is_byok: ownKey, cost_details: details } = isObject(usage) ? usage : {};
	if (typeof cost !== 'number') return null;
	if (ownKey !== true) return cost;
	const upstream = isObject(details) ? details.upstream_inference_cost : undefined;
	return typeof upstream === 'number' ? cost + upstream : null;
}

/**
 * Each kind of tokens at its price. A kind without a price of its own costs what the whole costs that it is part of.
 * Reasoning is part of the completion: https://developers.openai.com/api/docs/guides/reasoning
 */
function tokenCost(
	usage: Usage | undefined,
	prices: Prices,
	multiplier = 1,
	reasoningApart = false,
): number | null {
	if (usage?.promptTokens === undefined || usage.completionTokens === undefined) return null;
	const { promptTokens: prompt, completionTokens, reasoningTokens = 0 } = usage;
	// The total tells, whatever is known of the provider.
	const isApart = reasoningTokens > 0 && usage.totalTokens === prompt + completionTokens + reasoningTokens;
	const completion = completionTokens + (reasoningApart || isApart ? reasoningTokens : 0);
	const { cachedTokens = 0, cacheWriteTokens = 0, promptAudioTokens = 0, completionAudioTokens = 0 } = usage;
	// What part of a recording was cached is not reported.
	if (prices.audioInput !== undefined && prices.cached !== undefined && promptAudioTokens * cachedTokens > 0)
		return null;
	const input = split(prompt, prices.input, [
		[cachedTokens, prices.cached],
		[cacheWriteTokens, prices.cacheWrite],
		[promptAudioTokens, prices.audioInput],
	]);
	const output = split(completion, prices.output, [[completionAudioTokens, prices.audioOutput]]);
	let sum = 0;
	for (const [tokens, price] of [...input, ...output]) {
		// A part larger than the whole: such a report is not to be relied on.
		if (!(tokens >= 0)) return null;
		sum += tokens * priceAt(price, prompt);
	}
	// Cuts the noise of binary fractions, which would show as 0.000021199999999999997.
	return Number(((sum * multiplier) / 1e6).toPrecision(14));
}

type Part = [tokens: number, price: Price | undefined];

/** The parts that have a price of their own, and the rest. */
function split(all: number, price: Price, parts: Part[]): Array<[number, Price]> {
	const priced = parts.filter((part): part is [number, Price] => part[1] !== undefined);
	const rest = priced.reduce((left, [tokens]) => left - tokens, all);
	return [[rest, price], ...priced];
}

/** Steps count for the whole prompt, and the completion's price by the length of the prompt, too. */
function priceAt(price: Price, promptTokens: number): number {
	if (typeof price === 'number') return price;
	return price.steps.findLast(([above]) => promptTokens > above)?.[1] ?? price.base;
}
