import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { CallOptions } from '../../client/client';
import type { NodeRun } from '../run/nodeRun';
import { callOptions, readCallLimits } from './callOptions';
import { outputOptions } from './outputOptions';
import { pickOptions } from './pickOptions';

/** The options of operations whose answer no model writes: nothing to stream, to pay or to keep. */
export const plainCallOptions: INodeProperties[] = pickOptions(
	[...callOptions, ...outputOptions],
	[
		...['maxConcurrentRequests', 'maxRetries', 'maxWait', 'requestsPerMinute'],
		...['timeout', 'connectTimeout', 'itemTimeout', 'includeInputFields', 'outputField', 'simplify'],
	],
);

/** How to send the request of one item, as far as these options say. */
export function readPlainCall(
	{ calls, throwIfRunFailed }: NodeRun,
	options: IDataObject,
	stopSignal: AbortSignal,
): CallOptions {
	return {
		...readCallLimits(options),
		run: calls,
		beforeSend: throwIfRunFailed,
		// Nobody keeps the answer when another item ends the run.
		signal: stopSignal,
		stopSignal,
	};
}
