import type { CallOptions } from '../../client';
import { readCallLimits } from '../parameters/callOptions';
import type { ItemContext } from './operation';

/** How to send the request of one item whose answer no model writes, as far as `basicCallOptions` say. */
export function readBasicCall({ run, options, log, stopSignal }: ItemContext): CallOptions {
	return {
		...readCallLimits(options),
		log,
		run: run.pacerRun,
		beforeSend: run.throwIfRunFailed,
		// The answer is not kept when another item ends the run.
		abortSignal: stopSignal,
		stopSignal,
	};
}
