import type { Warning } from '../endpoints/chat/response';
import type { ModelRequest } from '../endpoints/endpoint';
import { ApiFailure, CallError, type Attempt } from '../core/errors';
import { detectUnsupported, type UnsupportedFeature } from './unsupportedFeatures';

interface Adapted<R> {
	request: R;
	warnings: Warning[];
}

interface Sent<T> {
	result: T;
	attempts: Attempt[];
}

/**
 * What the models of a server were found not to take, by model and by what it is, so that it is found out once and not
 * by each item.
 */
export type UnsupportedByModel = Map<string, Map<string, UnsupportedFeature>>;

/**
 * Sends a request; when the server refuses a part that can be had otherwise, once more without that part.
 *
 * @param memory kept up to date; what is in it is not sent in the first place.
 * @returns the answer with all attempts and warnings, and the request that brought it.
 * @throws what `send` throws, with the attempts of all.
 */
export async function sendAdapting<R extends ModelRequest, T>(
	{ request, warnings }: Adapted<R>,
	send: (request: R) => Promise<Sent<T>>,
	memory: UnsupportedByModel,
): Promise<Sent<T> & { warnings: Warning[]; sent: R }> {
	const known = memory.get(request.model) ?? new Map<string, UnsupportedFeature>();
	memory.set(request.model, known);
	const attempts: Attempt[] = [];
	const told = [...warnings];
	const avoided = new Set<string>();
	let toSend = request;
	for (;;) {
		// Again and again: what is sent instead of one part may be refused as well, and other calls learn meanwhile.
		for (let next; (next = findNext(known, toSend, avoided));) {
			avoided.add(next.id);
			toSend = next.avoid(toSend);
			told.push(next.warning);
		}
		try {
			const { result, attempts: last } = await send(toSend);
			return { result, attempts: [...attempts, ...last], warnings: told, sent: toSend };
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			const refusal = error instanceof ApiFailure ? detectUnsupported(error, toSend, avoided) : undefined;
			// A server that refuses the same twice does not mean what it says.
			if (!refusal || avoided.has(refusal.id)) {
				error.attempts = [...attempts, ...error.attempts];
				throw error;
			}
			attempts.push(...error.attempts.map((attempt) => ({ waitedMs: 0, ...attempt })));
			known.set(refusal.id, refusal);
		}
	}
}

function findNext(known: Map<string, UnsupportedFeature>, request: ModelRequest, avoided: Set<string>) {
	for (const refusal of known.values()) {
		if (!avoided.has(refusal.id) && refusal.concerns(request)) return refusal;
	}
	return undefined;
}

/** The request for a streamed reply, with the usage at its end. */
export function streamed<R extends ModelRequest>(request: R): R {
	return { ...request, stream: true, stream_options: { include_usage: true } };
}
