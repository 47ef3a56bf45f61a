import type { ConnectionSettings } from '../http/connection';
import table from './priceTable.json';

/** USD per million tokens; of an exact kind of tokens where it has a price of its own, else of all of them. */
export interface Prices {
	input: Price;
	/** Of the prompt's tokens, those read from the provider's cache. */
	cached?: Price;
	/** Of the prompt's tokens, those written to the provider's cache. */
	cacheWrite?: Price;
	/** Of the prompt's tokens, those of recordings. */
	audioInput?: Price;
	output: Price;
	/** Of the completion's tokens, those of speech. */
	audioOutput?: Price;
}

/** One price, or one that steps up (for all tokens) when the prompt has more than so many tokens. */
export type Price = number | { base: number; steps: Array<[above: number, price: number]> };

/** Prices with the time at which they apply. */
interface DatedPrices extends Prices {
	/** The first day (UTC). */
	since?: string;
	/** Every day from the one to the other, in seconds since midnight (UTC). */
	daily?: [start: number, end: number];
}

/** A text is the whole name. */
type Match =
	| string
	| { equals: string }
	| { starts_with: string }
	| { ends_with: string }
	| { contains: string }
	| { regex: string }
	| { and: Match[] }
	| { or: Match[] };

interface PricedModel {
	match: Match[];
	/** Later ones win; empty when the price is unknown. */
	prices: DatedPrices[];
}

interface Provider {
	/** What its addresses begin with. */
	url: string;
	/** Providers whose prices it takes for models of theirs. */
	fallback?: string[];
	/** Its count of completion tokens leaves those of reasoning out. */
	reasoningApart?: boolean;
	models: PricedModel[];
}

/** Made by `tools/priceTable.js` from `@pydantic/genai-prices`. */
const PROVIDERS = table as unknown as Record<string, Provider>;

/**
 * The provider whose prices hold for a server. Unknown addresses have none: a server of one's own may serve a model
 * that costs money elsewhere.
 *
 * @returns its name in the price table, or `openrouter`, whose replies say what they cost.
 */
export function providerOf({ apiType, baseUrl }: ConnectionSettings): string | undefined {
	// Azure behind a gateway is Azure still.
	if (apiType === 'azure') return 'azure';
	if (/^https:\/\/(api\.)?openrouter\.ai\//.test(baseUrl)) return 'openrouter';
	return Object.keys(PROVIDERS).find((id) => new RegExp(`^(?:${PROVIDERS[id]!.url})`).test(baseUrl));
}

/** Whether the tokens of reasoning have to be added to those of the completion. */
export function countsReasoningApart(provider: string): boolean {
	return PROVIDERS[provider]?.reasoningApart ?? false;
}

/**
 * The prices of a model.
 *
 * @param at when it answered, in milliseconds since the epoch.
 * @returns undefined when they are unknown.
 */
export function pricesOf(provider: string, model: string, at: number): Prices | undefined {
	const name = model.trim().toLowerCase();
	// Some providers write the date of a version without dashes.
	const dashed = name.replace(/-(20\d\d)(\d\d)(\d\d)(?=[-:]|$)/g, '-$1-$2-$3');
	const found = findModel(provider, name) ?? findModel(provider, dashed);
	return found?.prices.findLast((prices) => applies(prices, new Date(at))) ?? found?.prices[0];
}

/** The prices of the provider itself, or of one whose models it has. */
function findModel(provider: string, name: string): PricedModel | undefined {
	const { models, fallback = [] } = PROVIDERS[provider] ?? { models: [] };
	const own = models.find(({ match }) => match.some((one) => matches(one, name)));
	if (own) return own;
	for (const other of fallback) {
		const found = findModel(other, name);
		if (found) return found;
	}
	return undefined;
}

function matches(match: Match, name: string): boolean {
	if (typeof match === 'string') return name === match;
	if ('equals' in match) return name === match.equals.toLowerCase();
	if ('starts_with' in match) return name.startsWith(match.starts_with.toLowerCase());
	if ('ends_with' in match) return name.endsWith(match.ends_with.toLowerCase());
	if ('contains' in match) return name.includes(match.contains.toLowerCase());
	if ('regex' in match) return new RegExp(match.regex).test(name);
	if ('and' in match) return match.and.every((one) => matches(one, name));
	return match.or.some((one) => matches(one, name));
}

function applies({ since, daily }: DatedPrices, at: Date): boolean {
	if (since) return at >= new Date(since);
	if (!daily) return true;
	const second = (at.getTime() / 1000) % 86_400;
	const [start, end] = daily;
	// The hours may span midnight.
	return start <= end ? second >= start && second < end : second >= start || second < end;
}
