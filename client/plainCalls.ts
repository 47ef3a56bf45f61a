import type { CallOptions } from './sending/callOptions';
import type { Warning } from './endpoints/chat/response';
import { tokenBytes } from './core/requests';
import { ApiFailure, CallError, waitedMsOf, type Attempt } from './core/errors';
import { readModel, readModelList, type Model } from './endpoints/models/response';
import {
	mergeModerations,
	readModerationReply,
	type ModerationReply,
	type ModerationRequest,
} from './endpoints/moderations/response';

/** How a request went. */
interface Answered {
	failedAttempts: Attempt[];
	requestId?: string;
	warnings: Warning[];
}

interface PlainRequest {
	/** Makes it a POST. */
	body?: string;
	/** The name of the limit that it counts for. */
	pacedBy: string;
	/** How large it is as far as its tokens go. */
	bytes: number;
}

/** Sends a request as often as it takes, and reads its answer. */
type Ask = <T extends object>(
	path: string,
	request: PlainRequest,
	read: (json: unknown) => T,
	options: CallOptions,
) => Promise<T & Answered>;

/** The calls whose answer no model writes: nothing to adapt, to stream or to pay. `Client` says what each does. */
export function createPlainCalls(ask: Ask) {
	async function moderate(
		[first, ...rest]: [ModerationRequest, ...ModerationRequest[]],
		options: CallOptions,
	): Promise<ModerationReply & Answered> {
		const judge = async (request: ModerationRequest, place: number, options: CallOptions) => {
			const body = JSON.stringify(request);
			// Parts are those of a chat's message.
			const content = { model: '', messages: [{ role: 'user', content: request.input }] };
			const sent = { body, pacedBy: request.model, bytes: tokenBytes(content, body) };
			try {
				return await ask('/moderations', sent, readModerationReply, options);
			} catch (error) {
				// The API does not know that there are others.
				if (rest.length > 0 && error instanceof ApiFailure && error.details.status === 400) {
					error.message = `Image ${place}: ${error.message}`;
				}
				throw error;
			}
		};
		let found = await judge(first, 1, options);
		for (const [index, request] of rest.entries()) {
			const next = await further(found.failedAttempts, options, (options) =>
				judge(request, index + 2, options),
			);
			found = { ...mergeModerations([found, next]), failedAttempts: next.failedAttempts };
		}
		return found;
	}

	function listModels(options: CallOptions): Promise<{ models: Model[] } & Answered> {
		const read = (json: unknown) => ({ models: readModelList(json) });
		return ask('/models', { pacedBy: '/models', bytes: 0 }, read, options);
	}

	async function getModel(model: string, options: CallOptions): Promise<{ model: Model } & Answered> {
		try {
			const read = (json: unknown) => ({ model: readModel(json) });
			const path = `/models/${encodeURIComponent(model)}`;
			return await ask(path, { pacedBy: '/models', bytes: 0 }, read, options);
		} catch (error) {
			// Many servers take the path apart with the slash of a name decoded, and find nothing there. Others have a
			// list only.
			if (!(error instanceof ApiFailure) || error.details.status !== 404) throw error;
			if (!model.includes('/') && error.kind !== 'not_found') throw error;
			const before = error.attempts.map((attempt) => ({ waitedMs: 0, ...attempt }));
			const { models, ...called } = await further(before, options, listModels);
			const found = models.find(({ id }) => id === model);
			if (found) return { ...called, model: found };
			const unknown = new ApiFailure('unknown_model', 'It is not in the list of models', error.details);
			throw Object.assign(unknown, { attempts: called.failedAttempts });
		}
	}

	return { moderate, getModel, listModels };
}

/** A further request of the same call: one limit holds for the waits of all, and all attempts are listed. */
async function further<T extends Answered>(
	before: Attempt[],
	options: CallOptions,
	ask: (options: CallOptions) => Promise<T>,
): Promise<T> {
	const maxWaitMs = Math.max(0, options.maxWaitMs - waitedMsOf(before));
	try {
		const answer = await ask({ ...options, maxWaitMs });
		return { ...answer, failedAttempts: [...before, ...answer.failedAttempts] };
	} catch (error) {
		if (error instanceof CallError) error.attempts = [...before, ...error.attempts];
		throw error;
	}
}
