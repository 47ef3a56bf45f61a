import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { CallOptions } from '../../../client/client';
import { checkBoolean, checkNumber, checkTexts, type NumberRule } from './parameterChecks';

/** Options on how requests are sent; the same for every operation that calls a model. */
export const callOptions: INodeProperties[] = [
	{
		displayName: 'Cache Replies (Seconds)',
		name: 'cacheReplies',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 2_592_000 },
		default: 3600,
		description:
			'For how long a reply is used again when exactly the same request comes with the same credential; it is then free and marked as cached. Kept in memory until n8n restarts; not for several choices.',
	},
	{
		displayName: 'Fallback Models',
		name: 'fallbackModels',
		type: 'string',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Fallback Model' },
		default: [],
		placeholder: 'e.g. gpt-4.1-mini',
		description:
			'IDs of models to ask, in this order, when the chosen one is unknown, cannot read messages this long, or is overloaded or rate-limited after all retries. A warning in the output says so.',
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
			'How often a request is sent again after a rate limit, a server error or a broken connection. Each item is retried on its own, so Retry On Fail in the settings is not needed.',
	},
	{
		displayName: 'Max Wait (Seconds)',
		name: 'maxWait',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 86_400 },
		default: 120,
		description:
			'The longest an item may wait between its attempts, all waits together. If the API asks for more, the item fails at once and says so.',
	},
	{
		displayName: 'Requests per Minute',
		name: 'requestsPerMinute',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 500,
		description:
			'The most requests to send per minute, spread evenly. All nodes and executions with the same API key and the same number share it. Limits that the API reports or enforces are kept without this.',
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
			'Whether to pass the reply on while it is being written, if the Webhook or Chat Trigger has the response mode Streaming',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 86_400 },
		default: 600,
		description:
			'How long to wait for a reply before the request counts as failed and is retried. Models that reason can take minutes.',
	},
	{
		displayName: 'Timeout for Connecting (Seconds)',
		name: 'connectTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 600 },
		default: 10,
		description:
			'How long to wait for a connection before the request counts as failed and is retried. The value for the first item counts for all.',
	},
	{
		displayName: 'Timeout for First Token (Seconds)',
		name: 'firstTokenTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 86_400 },
		default: 600,
		description:
			'How long to wait for the answer to begin before the request counts as failed and is retried. Most servers begin when the whole reply is there.',
	},
	{
		displayName: 'Timeout for Whole Item (Seconds)',
		name: 'itemTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 604_800 },
		default: 1800,
		description:
			'After how long an item fails, all its attempts and waits counted. Unless added, there is no such limit.',
	},
	{
		displayName: 'Timeout When Idle (Seconds)',
		name: 'idleTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 86_400 },
		default: 120,
		description:
			'After how long without a sign of life in an answer that has begun the request counts as failed and is retried. Unless added, there is no such limit.',
	},
	{
		displayName: 'Tokens per Minute',
		name: 'tokensPerMinute',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 200_000,
		description:
			'The most tokens to use per minute, prompt and reply together, as far as they can be estimated. All nodes and executions with the same API key and the same number share it.',
	},
];

/** How to send one item's request. */
export function readCallLimits(options: IDataObject) {
	const number = (name: string, label: string, rule: NumberRule) =>
		options[name] === undefined ? undefined : checkNumber(label, options[name], rule);
	const milliseconds = (name: string, label: string, rule: NumberRule) => {
		const seconds = number(name, `${label} (Seconds)`, rule);
		return seconds === undefined ? undefined : seconds * 1000;
	};
	const aDay = { min: 0.001, max: 86_400 };
	return {
		maxRetries: number('maxRetries', 'Max Retries', { min: 0, max: 100, whole: true }) ?? 5,
		maxWaitMs: milliseconds('maxWait', 'Max Wait', { min: 0, max: 86_400 }) ?? 120_000,
		timeoutMs: milliseconds('timeout', 'Timeout', aDay) ?? 600_000,
		firstTokenTimeoutMs: milliseconds('firstTokenTimeout', 'Timeout for First Token', aDay),
		idleTimeoutMs: milliseconds('idleTimeout', 'Timeout When Idle', aDay),
		totalTimeoutMs: milliseconds('itemTimeout', 'Timeout for Whole Item', { min: 0.001, max: 604_800 }),
		requestsPerMinute: number('requestsPerMinute', 'Requests per Minute', { min: 0.1 }),
		tokensPerMinute: number('tokensPerMinute', 'Tokens per Minute', { min: 1 }),
		fallbackModels: checkTexts('Fallback Models', options.fallbackModels)
			.map((model) => model.trim())
			.filter(Boolean),
	} satisfies CallOptions;
}

/** Which way replies come: whether a caller may read along, and whether the API streams in any case. */
export function readStreaming({ streamResponse = true, streamFromApi = false }: IDataObject) {
	return {
		toCaller: checkBoolean('Stream Response', streamResponse),
		fromApi: checkBoolean('Stream From API', streamFromApi),
	};
}

/** For how many milliseconds a reply may be used again. */
export function readCacheTime({ cacheReplies }: IDataObject): number {
	return checkNumber('Cache Replies (Seconds)', cacheReplies ?? 0, { min: 0, max: 2_592_000 }) * 1000;
}

/** How many items are worked on at a time. */
export function readConcurrency({ maxConcurrentRequests }: IDataObject): number {
	return checkNumber('Max Concurrent Requests', maxConcurrentRequests ?? 10, {
		min: 1,
		max: 1000,
		whole: true,
	});
}

/** How long a connection may take, in milliseconds. */
export function readConnectTimeout({ connectTimeout }: IDataObject): number | undefined {
	if (connectTimeout === undefined) return undefined;
	const rule = { min: 1, max: 600, whole: true };
	return checkNumber('Timeout for Connecting (Seconds)', connectTimeout, rule) * 1000;
}
