import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { CallOptions } from '../../../client/client';
import { checkNumber } from './parameterChecks';

/** Options on how requests are sent; the same for every operation that calls a model. */
export const callOptions: INodeProperties[] = [
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
			'The longest wait the API may ask for before a retry. If it asks for more, the item fails at once and says so.',
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
];

/** What an option is when it was not added. */
const defaults: IDataObject = Object.fromEntries(
	callOptions.map((option) => [option.name, option.default as number]),
);

/** How to send one item's request. */
export function readCallLimits(
	options: IDataObject,
): Pick<CallOptions, 'maxRetries' | 'maxWaitMs' | 'timeoutMs'> {
	const { maxRetries, maxWait, timeout } = { ...defaults, ...options };
	return {
		maxRetries: checkNumber('Max Retries', maxRetries, { min: 0, max: 100, whole: true }),
		maxWaitMs: checkNumber('Max Wait (Seconds)', maxWait, { min: 0, max: 86_400 }) * 1000,
		timeoutMs: checkNumber('Timeout (Seconds)', timeout, { min: 0.001, max: 86_400 }) * 1000,
	};
}

/** How many items are worked on at a time; `value` is null when the option was not added. */
export function readConcurrency(value: unknown): number {
	return checkNumber('Max Concurrent Requests', value ?? defaults.maxConcurrentRequests, {
		min: 1,
		max: 1000,
		whole: true,
	});
}
