import type { CallLog } from '../core/callLog';
import { ApiFailure } from '../core/errors';
import type { ChatReply, Warning } from '../core/reply';
import type { ModelRequest } from '../core/requests';
import type { Next } from '../core/step';
import { detectUnsupported } from './detectUnsupported';
import type { UnsupportedByModel, UnsupportedFeature } from './unsupportedFeature';

/** A request as a model takes it, and a warning for each change. */
export interface AdaptedRequest<R> {
	request: R;
	warnings: Warning[];
}

/** What adapting needs of a call. */
export interface AdaptCall<R> {
	endpoint: { adapt(request: R): AdaptedRequest<R> };
	/** Present when the reply is to be streamed. */
	stream?: object;
	log: CallLog;
	server: {
		/** Kept up to date; what is in it is not sent in the first place. */
		unsupported: UnsupportedByModel;
	};
}

/**
 * The layer that writes a request as the model takes it, as far as that is known; and when the server rejects a part that
 * can be had otherwise, sends it once more without that part.
 *
 * @returns the reply; the log then has a warning for each change of the request that brought it.
 */
export async function adaptToModel<R extends ModelRequest, C extends AdaptCall<R>>(
	given: R,
	call: C,
	next: Next<R, ChatReply, C>,
): Promise<ChatReply> {
	const { endpoint, log, server, stream } = call;
	const adapted = endpoint.adapt(stream ? streamedRequest(given) : given);
	const known = server.unsupported.get(given.model) ?? new Map<string, UnsupportedFeature>();
	server.unsupported.set(given.model, known);
	const dropped = new Map<string, Warning>();
	let { request } = adapted;
	for (;;) {
		request = dropKnown(request, known, dropped);
		try {
			const { warnings = [], ...reply } = await next(request, call);
			log.warn(...adapted.warnings, ...dropped.values(), ...warnings);
			return reply;
		} catch (error) {
			const found = error instanceof ApiFailure && detectUnsupported(error, request, dropped);
			// A server that rejects the same twice does not mean what it says.
			if (!found || dropped.has(found.id)) throw error;
			known.set(found.id, found);
			log.addWait(0);
		}
	}
}

/** @param dropped is added to. */
function dropKnown<R extends ModelRequest>(
	request: R,
	known: ReadonlyMap<string, UnsupportedFeature>,
	dropped: Map<string, Warning>,
): R {
	const findNext = (request: R) =>
		[...known.values()].find((feature) => !dropped.has(feature.id) && feature.isIn(request));
	let smaller = request;
	let feature = findNext(smaller);
	// The replacement may be rejected too, and concurrent calls may have learned another rejection.
	while (feature) {
		dropped.set(feature.id, feature.warning);
		smaller = feature.drop(smaller);
		feature = findNext(smaller);
	}
	return smaller;
}

/** The request for a streamed reply, with the usage at its end. */
function streamedRequest<R extends ModelRequest>(request: R): R {
	return { ...request, stream: true, stream_options: { include_usage: true } };
}
