import type { INodeProperties } from 'n8n-workflow';
import { callOptions } from './callOptions';
import { outputOptions } from './outputOptions';
import { pickOptions } from './pickOptions';

/** The options of operations whose answer no model writes: nothing to stream, to pay or to keep. */
export const basicCallOptions: INodeProperties[] = pickOptions(
	[...callOptions, ...outputOptions],
	[
		...['maxConcurrentRequests', 'maxRetries', 'maxWait', 'requestsPerMinute'],
		...['timeout', 'connectTimeout', 'itemTimeout', 'includeInputFields', 'outputField', 'simplify'],
	],
);
