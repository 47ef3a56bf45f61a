const { readFile, writeFile } = require('node:fs/promises');
const path = require('node:path');
const { waitForUpdate } = require('@pydantic/genai-prices');

const FILE = path.join(__dirname, '../client/pricing/priceTable.json');

/**
 * Providers with an OpenAI-compatible API of their own, by the package's names. OpenRouter is not among them: its
 * replies say what they cost.
 */
const PROVIDERS = [
	'openai',
	'azure',
	'anthropic',
	'baseten',
	'cerebras',
	'deepseek',
	'fireworks',
	'google',
	'groq',
	'minimax',
	'mistral',
	'moonshotai',
	'novita',
	'ovhcloud',
	'together',
	'x-ai',
	'zai',
];

/** The package's names for the prices of what a chat completion reports, and ours. All are USD per million tokens. */
const PRICES = {
	input_mtok: 'input',
	cache_read_mtok: 'cached',
	cache_write_mtok: 'cacheWrite',
	input_audio_mtok: 'audioInput',
	output_mtok: 'output',
	output_audio_mtok: 'audioOutput',
};
/** Prices of what a chat completion does not use, or that never differ from those above when it does. */
const NOT_FOR_CHAT = new Set([
	'cache_write_1h_mtok',
	'cache_audio_read_mtok',
	'storage_searches_kcount',
	'web_searches_kcount',
]);

/** Models that search the web at every call, for a fee that a reply does not report. */
const SEARCHES_ALWAYS = /(^|-)search-/;

/**
 * The price list of @pydantic/genai-prices as far as this package needs it, one model a line so that a change of
 * prices can be read in a diff.
 */
async function priceTable() {
	const all = new Map((await waitForUpdate()).map((provider) => [provider.id, provider]));
	const providers = PROVIDERS.map((id) => {
		const { api_pattern: url, fallback_model_providers, extractors, models } = all.get(id);
		const fallback = fallback_model_providers?.filter((other) => PROVIDERS.includes(other));
		const head = {
			url,
			...(fallback && { fallback }),
			...(countsReasoningApart(extractors) && { reasoningApart: true }),
		};
		const lines = models.map(readModel).map((model) => `\t\t\t${JSON.stringify(model)}`);
		const fields = Object.entries(head).map(
			([name, value]) => `\t\t${JSON.stringify(name)}: ${JSON.stringify(value)}`,
		);
		return `\t${JSON.stringify(id)}: {\n${fields.join(',\n')},\n\t\t"models": [\n${lines.join(',\n')}\n\t\t]\n\t}`;
	});
	return `{\n${providers.join(',\n')}\n}\n`;
}

/** Whether the tokens of reasoning are not part of the completion's, but have to be added. */
function countsReasoningApart(extractors = []) {
	const chat = extractors.find((one) => one.api_flavor === 'chat') ?? extractors[0];
	return chat?.mappings.some(
		({ path: from, dest }) => dest === 'output_tokens' && from.includes('reasoning_tokens'),
	);
}

/** A model without a known price stays, without one: left out, a later line might match it. */
function readModel({ id, match, prices }) {
	const from = Array.isArray(prices) ? prices : [{ prices }];
	const read = from.map(({ constraint, prices }) => ({
		...readConstraint(constraint),
		...readPrices(prices),
	}));
	const known = read.every(({ input, output }) => input !== undefined && output !== undefined);
	return {
		match: (match.or ?? [match]).map((one) => one.equals?.toLowerCase() ?? one),
		prices: known && !SEARCHES_ALWAYS.test(id) ? read : [],
	};
}

/** From which day, or at which seconds of the day (UTC), prices apply; at any time when there is no constraint. */
function readConstraint(constraint) {
	if (!constraint) return {};
	const { type, start_date: since, start_time: start, end_time: end } = constraint;
	if (type === 'start_date') return { since };
	if (type === 'time_of_date') return { daily: [secondsOf(start), secondsOf(end)] };
	throw new Error(`Prices depend on something new: ${JSON.stringify(constraint)}`);
}

function secondsOf(time) {
	const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)Z$/.exec(time) ?? [];
	if (!seconds) throw new Error(`Not a time of day in UTC: ${time}`);
	return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** Only whole prices: of a model that also charges for something else, none is known. */
function readPrices(prices) {
	const read = {};
	for (const [name, value] of Object.entries(prices)) {
		if (NOT_FOR_CHAT.has(name)) continue;
		if (!PRICES[name]) return {};
		read[PRICES[name]] =
			typeof value === 'number'
				? value
				: {
						base: value.base,
						steps: value.tiers.map(({ start, price }) => [start, price]).sort(([a], [b]) => a - b),
					};
	}
	return read;
}

/** Brings the checked-in table up to date; leaves the file alone when it is. */
async function writePriceTable() {
	const table = await priceTable();
	const present = await readFile(FILE, 'utf8').catch(() => '');
	if (table !== present) await writeFile(FILE, table);
}

module.exports = { priceTable, writePriceTable };
