import type { Call } from './call';
import { ApiFailure } from './core/errors';
import { tokenBytes } from './endpoints/chat/request';
import {
	mergeModerations,
	readModerationReply,
	type ModerationReply,
	type ModerationRequest,
} from './endpoints/moderations/response';
import { send } from './sending/send';

/** Asks by one request after the other, whose findings are put together. */
export async function moderate(
	requests: [ModerationRequest, ...ModerationRequest[]],
	call: Call,
): Promise<ModerationReply & { requestId?: string }> {
	let found: (ModerationReply & { requestId?: string }) | undefined;
	for (const [index, request] of requests.entries()) {
		try {
			const next = await judge(request, call);
			found = found ? mergeModerations([found, next]) : next;
		} catch (error) {
			// The API does not know that there are others.
			const isOneOfSeveral =
				requests.length > 1 && error instanceof ApiFailure && error.details.status === 400;
			throw isOneOfSeveral ? error.with({}, `Image ${index + 1}: ${error.message}`) : error;
		}
	}
	return found!;
}

async function judge(request: ModerationRequest, call: Call) {
	const body = JSON.stringify(request);
	// Its parts are those of a chat's message.
	const content = { model: '', messages: [{ role: 'user', content: request.input }] };
	return await send(
		{
			path: '/moderations',
			body,
			pacedBy: request.model,
			tokenBytes: tokenBytes(content, body),
			read: readModerationReply,
		},
		call,
	);
}
