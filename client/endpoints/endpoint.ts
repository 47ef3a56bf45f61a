import type { AdaptedRequest } from '../capabilities/adaptToModel';
import type { JsonObject } from '../core/json';
import type { ChatReply } from '../core/reply';
import type { ModelRequest } from '../core/requests';
import type { AssemblerFactory } from '../http/assembler';

/** One way to have a model write: where to ask, and what differs in asking and reading. It knows of no connection. */
export interface Endpoint<R extends ModelRequest> {
	/** Behind the base URL. */
	path: string;
	/** Writes the request the way the model and the endpoint want it, with a warning for each change. */
	adapt(request: R): AdaptedRequest<R>;
	/** Makes the body of a request, as JSON. */
	encode(request: R): JsonObject;
	/** How large a request is as far as its tokens go; `body` is what is sent. */
	tokenBytes(request: R, body: string): number;
	/**
	 * Makes the reply to a request of the answer's JSON, with a warning for what had to be repaired.
	 *
	 * @throws {ApiFailure} `bad_reply` when it is not what the API promises.
	 */
	decode(json: unknown, request: R): ChatReply;
	/** Puts the chunks of a streamed reply together into the JSON that `decode` reads. */
	assemble: AssemblerFactory;
}
