import type { Clock } from '../core/clock';
import type { Timeouts } from '../http/exchange';
import type { AssemblerFactory } from '../http/assembler';
import type { StreamListener } from '../http/streamExchange';
import type { Transport } from '../http/transport';
import type { Run } from '../pacing/pacer';
import type { RetryCall } from './retry';

/** A request as it goes out, and how its answer is read. */
export interface ApiRequest<T> {
	/** The API's path, such as `/chat/completions`. */
	path: string;
	/** Makes it a POST. */
	body?: string;
	/** The model, or whatever else has a limit of its own. */
	pacedBy: string;
	/** How large the request is as far as its tokens go. */
	tokenBytes: number;
	/** Makes the reply of the answer's JSON; throws an ApiFailure when it is not what the API promises. */
	read: (json: unknown) => T;
	/** Puts the chunks together where a reply may come as events. */
	assemble?: AssemblerFactory;
	/** Whether the answer is to be streamed. */
	isStreamed?: boolean;
}

/** What all calls of a client share, as far as sending goes. */
export interface SendingServer {
	/** The same for all clients of the same address and account. A hash, from which the key cannot be read. */
	id: string;
	url: (path: string) => URL;
	/** The headers that sign in, and those that are the same for every request. */
	headers: Record<string, string>;
	/** Are in no failure that leaves. */
	secrets: string[];
	transport: Transport;
	clock: Clock;
}

/** What sending needs of a call. */
export interface SendCall extends RetryCall, Timeouts {
	/** Called before each request; what it throws ends the call. */
	beforeSend?: () => void;
	/** The same object for all calls that belong together: runs that share a limit take turns. */
	run?: Run;
	/** The most requests a minute, counted over all calls with this key, model and number. */
	requestsPerMinute?: number;
	/** The most tokens a minute, likewise. */
	tokensPerMinute?: number;
	/** What a caller wants to know while the reply is streamed. */
	stream?: StreamListener;
	server: SendingServer;
}
