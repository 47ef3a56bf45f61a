import type { AdaptCall } from './capabilities/adaptToModel';
import type { UnsupportedByModel } from './capabilities/unsupportedFeature';
import type { CallLog } from './core/callLog';
import type { ModelRequest } from './core/requests';
import type { Endpoint } from './endpoints/endpoint';
import type { Timeouts } from './http/exchange';
import type { StreamListener } from './http/streamExchange';
import type { OwnPrices } from './pricing/cost';
import type { FallbackCall } from './sending/fallback';
import type { SendCall, SendingServer } from './sending/message';
import type { CacheCall } from './sending/replyCache';
import type { TotalTimeCall } from './sending/totalTime';
import type { JsonCall } from './structured/repairJson';
import type { ToolCallsCall } from './tools/callTools';

/** Time-outs count per attempt, but for `totalTimeoutMs`. */
export interface CallOptions
	extends
		Pick<
			SendCall,
			'maxRetries' | 'maxWaitMs' | 'run' | 'beforeSend' | 'requestsPerMinute' | 'tokensPerMinute'
		>,
		Omit<Timeouts, 'abortSignal'>,
		Pick<TotalTimeCall, 'totalTimeoutMs'>,
		Pick<FallbackCall, 'fallbackModels'>,
		Pick<CacheCall, 'cache'>,
		Pick<JsonCall, 'json'>,
		Pick<ToolCallsCall, 'tools' | 'onReply'> {
	/** Ends the call, whatever it is doing. */
	abortSignal?: AbortSignal;
	/**
	 * Ends waiting and retrying, while a request already sent may finish, since it is paid for. Must abort when
	 * `abortSignal` does, which is also the default.
	 */
	stopSignal?: AbortSignal;
	/** Streams the reply, which then comes piece by piece; what a caller wants to know meanwhile. */
	stream?: Pick<StreamListener, 'onText'>;
	/** Prices to use instead of the published ones. */
	ownPrices?: OwnPrices[];
	/** Where to write what the call sends, waits for, pays and does; read it when the call fails. */
	log?: CallLog;
}

/** What all calls of a client share. */
export interface Server extends SendingServer {
	/** As `providerOf` names it; absent when unknown. */
	provider: string | undefined;
	unsupported: UnsupportedByModel;
}

/** What the layers of a call know besides the request. */
export interface Call extends CallOptions {
	log: CallLog;
	server: Server;
	stream?: StreamListener;
	/** The model asked, when there are several to fall back on. */
	model?: string;
}

/** A call of an endpoint at which a model writes. */
export interface ModelCall<R extends ModelRequest> extends Call, AdaptCall<R> {
	endpoint: Endpoint<R>;
	stream?: StreamListener;
	server: Server;
}
