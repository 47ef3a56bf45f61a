import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { CallOptions } from '../../client';
import { checkTexts } from './parameterChecks';
import { pricesOption, readOwnPrices } from './pricesOption';
import { OptionReader } from './readField';

/** Options on how requests are sent; the same for every operation that calls a model. */
export const callOptions: INodeProperties[] = [
	{
		displayName: 'Cache Replies (Seconds)',
		name: 'cacheReplies',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 2_592_000 },
		default: 3600,
		description:
			'For how long a reply is used again, at no cost, when exactly the same request comes with the same credential. The item then has "cached": true, unless Simplify is off. Kept in memory until n8n restarts; not with several choices, and not the reply of a fallback model.',
	},
	{
		displayName: 'Fallback Models',
		name: 'fallbackModels',
		type: 'string',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Fallback Model' },
		// The value of one row: the editor makes a list of them.
		default: '',
		placeholder: 'e.g. gpt-4.1-mini',
		description:
			'IDs of models to ask, in this order, when the chosen one is unknown, cannot read messages this long, or is still overloaded or rate-limited after all retries. The output says which one answered, and why, unless Simplify is off.',
	},
	{
		displayName: 'Max Concurrent Requests',
		name: 'maxConcurrentRequests',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 1000 },
		default: 10,
		description:
			'How many items are asked about at the same time. As soon as one reply is there, the next item starts. The value for the first item counts for all.',
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 100 },
		default: 5,
		description:
			'How often a request is sent again after it failed for a passing reason, such as a rate limit, a server error, a broken connection or a time-out. Each item is retried on its own, so Retry On Fail in the settings is not needed.',
	},
	{
		displayName: 'Max Wait (Seconds)',
		name: 'maxWait',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 86_400 },
		default: 120,
		description:
			'The longest an item may wait between its attempts, all waits together. If the API asks for more, the item fails at once and says so. Waiting in line for its turn does not count.',
	},
	pricesOption,
	{
		displayName: 'Requests per Minute',
		name: 'requestsPerMinute',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 500,
		description:
			'The most requests to send per minute, spread evenly. Rarely needed: limits that the API reports or enforces are kept anyway. Shared by all nodes and executions with the same API key, model and number; in queue mode, each worker counts by itself.',
	},
	{
		displayName: 'Stream From API',
		name: 'streamFromApi',
		type: 'boolean',
		default: true,
		description:
			'Whether to have the API send the reply piece by piece even if nobody reads along. Long replies then survive proxies that cut silent connections; the output is the same.',
	},
	{
		displayName: 'Stream Response',
		name: 'streamResponse',
		type: 'boolean',
		default: true,
		description:
			'Whether to pass the reply on while it is being written, if the Webhook or Chat Trigger has the response mode Streaming. When off, such a caller gets nothing from this node.',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeout',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 86_400 },
		default: 600,
		description:
			'How long to wait for a reply before the request counts as failed and is retried. Models that reason can take minutes.',
	},
	{
		displayName: 'Timeout Connecting (Seconds)',
		name: 'connectTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 600 },
		default: 10,
		description:
			'How long to wait for a connection before the request counts as failed and is retried. The value for the first item counts for all.',
	},
	{
		displayName: 'Timeout First Token (Seconds)',
		name: 'firstTokenTimeout',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 86_400 },
		default: 60,
		description:
			'How long to wait for the start of the reply before the request counts as failed and is retried. Many servers start only when the whole reply is there, so leave it time enough for that. Unless added, there is no such limit, but for streamed replies one of ten minutes.',
	},
	{
		displayName: 'Timeout When Idle (Seconds)',
		name: 'idleTimeout',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 86_400 },
		default: 120,
		description:
			'After how long without a sign of life in a reply that has started the request counts as failed and is retried. Unless added, there is no such limit, but for streamed replies one of two minutes.',
	},
	{
		displayName: 'Timeout Whole Item (Seconds)',
		name: 'itemTimeout',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 604_800 },
		default: 1800,
		description:
			'After how long an item fails, all its attempts and waits counted, also the wait in line for its turn, but not for earlier items of the same conversation. Unless added, there is no such limit.',
	},
	{
		displayName: 'Tokens per Minute',
		name: 'tokensPerMinute',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 200_000,
		description:
			'The most tokens to use per minute, prompt and reply together, as far as they can be estimated. Rarely needed: limits that the API reports or enforces are kept anyway. Shared by all nodes and executions with the same API key, model and number; in queue mode, each worker counts by itself.',
	},
];

const read = (options: IDataObject) => new OptionReader(options, callOptions);

/** How to send one item's request. */
export function readCallLimits(options: IDataObject) {
	const option = read(options);
	return {
		maxRetries: option.numberOrDefault('maxRetries', { whole: true }),
		maxWaitMs: option.numberOrDefault('maxWait') * 1000,
		timeoutMs: option.numberOrDefault('timeout') * 1000,
		firstTokenTimeoutMs: option.ms('firstTokenTimeout'),
		idleTimeoutMs: option.ms('idleTimeout'),
		totalTimeoutMs: readTotalTimeout(options),
		requestsPerMinute: option.number('requestsPerMinute'),
		tokensPerMinute: option.number('tokensPerMinute'),
		fallbackModels: checkTexts('Fallback Models', options.fallbackModels)
			.map((model) => model.trim())
			.filter(Boolean),
		ownPrices: readOwnPrices(options.prices),
	} satisfies CallOptions;
}

/** How long an item may take in all, in milliseconds; undefined for no limit. */
export function readTotalTimeout(options: IDataObject): number | undefined {
	return read(options).ms('itemTimeout');
}

/** Which way replies come: whether a caller may read along, and whether the API streams in any case. */
export function readStreaming(options: IDataObject) {
	const option = read(options);
	return {
		toCaller: option.boolean('streamResponse') ?? true,
		fromApi: option.boolean('streamFromApi') ?? false,
	};
}

/** Reads for how many milliseconds a reply may be used again. */
export function readCacheTime(options: IDataObject): number {
	return read(options).ms('cacheReplies') ?? 0;
}

/** How many items are worked on at a time. */
export function readConcurrency(options: IDataObject): number {
	return read(options).numberOrDefault('maxConcurrentRequests', { whole: true });
}

/** How long a connection may take, in milliseconds. */
export function readConnectTimeout(options: IDataObject): number | undefined {
	return read(options).ms('connectTimeout', { whole: true });
}
