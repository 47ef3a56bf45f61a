import type { OwnPrices } from '../pricing/cost';
import type { Timeouts } from '../http/exchange';
import type { JsonOptions } from '../structured/repairJson';
import type { Run } from '../pacing/pacer';
import type { RetryLimits } from './retry';
import type { StreamListener } from '../http/streamExchange';

/** Time-outs count per attempt, but for `totalTimeoutMs`; `signal` ends the call, whatever it is doing. */
export interface CallOptions extends RetryLimits, Timeouts {
	/** Milliseconds for the call with all its attempts and waits; no limit unless given. */
	totalTimeoutMs?: number;
	/**
	 * Ends waiting and retrying, while a request already sent may finish, since it is paid for. Must abort when
	 * `signal` does, which is also the default.
	 */
	stopSignal?: AbortSignal;
	/** Called before each request; what it throws ends the call. */
	beforeSend?: () => void;
	/** The same object for all calls that belong together: runs that share a limit take turns. */
	run?: Run;
	/** The most requests a minute, counted over all calls with this key, model and number. */
	requestsPerMinute?: number;
	/** The most tokens a minute, likewise. */
	tokensPerMinute?: number;
	/** Streams the reply, which then comes piece by piece; what a caller wants to know meanwhile. */
	stream?: Pick<StreamListener, 'onText'>;
	/** Reads and checks the reply to a chat request for JSON, whose choices then have `json`. */
	json?: JsonOptions;
	/** Asked in this order when the model of the request is unknown, overloaded, or cannot read so much. */
	fallbackModels?: string[];
	/** Which of them to begin with, when those ahead of it are known not to answer. */
	beginWith?: string;
	/** Prices to use instead of the published ones. */
	ownPrices?: OwnPrices[];
}
