import type { ApiFailure } from '../core/errors';
import type { Warning } from '../core/reply';
import type { ModelRequest } from '../core/requests';

/** A part of a request that a server or model does not take, and what to send instead. */
export interface UnsupportedFeature {
	/** What it is remembered by; unique for a model of a server. */
	id: string;
	/** Whether the request has that part. */
	isIn(request: ModelRequest): boolean;
	/** The request without that part: `isIn` must be false for it. */
	drop<R extends ModelRequest>(request: R): R;
	warning: Warning;
}

/** One that some servers are known not to take, whatever the model. */
export interface KnownUnsupported extends UnsupportedFeature {
	/** Whether a failure is about it, given that the request has that part. */
	isShownBy(failure: ApiFailure): boolean;
}

/**
 * What the models of a server were found not to take, by model and by what it is, so that it is found out once and not
 * by each item.
 */
export type UnsupportedByModel = Map<string, Map<string, UnsupportedFeature>>;
