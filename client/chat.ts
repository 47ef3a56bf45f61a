import { adaptToModel } from './capabilities/adaptToModel';
import type { ModelCall } from './call';
import type { ChatReply } from './core/reply';
import type { ModelRequest } from './core/requests';
import { composeSteps, type Step } from './core/step';
import { priceReply } from './pricing/cost';
import { fallBack } from './sending/fallback';
import { recallReply } from './sending/replyCache';
import { send } from './sending/send';
import { withinTotalTime } from './sending/totalTime';
import { repairJson } from './structured/repairJson';
import { callTools } from './tools/callTools';

/** The layers of a call, the outermost first. `send` has the rest: retries, pacing, and the exchange itself. */
function steps<R extends ModelRequest>(): Array<Step<R, ChatReply, ModelCall<R>>> {
	return [
		withinTotalTime, // ends all of it when its time is over
		callTools, // asks again with the results of the tools that the model calls
		recallReply, // uses the reply to the same request again
		repairJson, // reads JSON, and asks again when it is none
		fallBack, // asks the next model when one cannot answer
		adaptToModel, // writes the request as the model takes it
		priceReply, // counts what the reply used and cost
	];
}

/** Asks a model, at whichever endpoint. */
export async function completeRequest<R extends ModelRequest>(
	request: R,
	call: ModelCall<R>,
): Promise<ChatReply> {
	return await composeSteps(steps<R>(), sendRequest)(request, call);
}

async function sendRequest<R extends ModelRequest>(request: R, call: ModelCall<R>): Promise<ChatReply> {
	const { endpoint, stream } = call;
	const body = JSON.stringify(endpoint.encode(request));
	return await send(
		{
			path: endpoint.path,
			body,
			pacedBy: request.model,
			tokenBytes: endpoint.tokenBytes(request, body),
			read: (json) => endpoint.decode(json, request),
			assemble: endpoint.assemble,
			isStreamed: stream !== undefined,
		},
		call,
	);
}
