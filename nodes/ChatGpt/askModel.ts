import { isDeepStrictEqual } from 'node:util';
import type { IDataObject } from 'n8n-workflow';
import type { ChatRequest } from '../../client/chatRequest';
import type { CallOptions } from '../../client/client';
import { linked, untilAborted } from '../../client/deadline';
import { parseJson } from '../../client/json';
import type { JsonOptions } from '../../client/jsonCompletion';
import { openCallerStream } from './callerStream';
import type { NodeRun } from './nodeRun';
import { askOrRecall, type CachedResult } from './replyCache';
import { readCacheTime, readCallLimits, readStreaming } from './shared/callOptions';

/** Gets the reply to one item's request: from the cache, or from the API, passed on while it is being written. */
export async function askModel(
	{ context, client, cancel, paid, callerReadsAlong, hungUp, calls, refuseIfDead }: NodeRun,
	request: ChatRequest,
	itemIndex: number,
	options: IDataObject,
	noMoreAttempts: AbortSignal,
	json?: JsonOptions,
): Promise<CachedResult> {
	const { toCaller, fromApi } = readStreaming(options);
	const keepMs = readCacheTime(options);
	const callOptions: CallOptions = {
		...readCallLimits(options),
		...(json && { json: { repairAttempts: json.repairAttempts, tidy: json.tidy } }),
		run: calls,
		beforeSend: refuseIfDead,
		// When another item ends the run, what is under way may finish only if somebody keeps the reply.
		signal: paid ? cancel : noMoreAttempts,
		noMoreAttempts,
		...(fromApi && { stream: {} }),
	};
	if (!callerReadsAlong || !toCaller) {
		return await askOrRecall(client, request, keepMs, callOptions);
	}

	const caller = openCallerStream(context, itemIndex);
	// Of several choices the caller sees the first. JSON is passed on once it is checked: what was read could not be
	// mended any more, nor asked for again.
	const onText = (text: string, choice: number) => choice === 0 && caller.add(text);
	const ends = linked([callOptions.signal, hungUp]);
	const endsAttempts = linked([noMoreAttempts, hungUp]);
	try {
		const result = await askOrRecall(client, request, keepMs, {
			...callOptions,
			stream: json ? {} : { onText },
			signal: ends.controller.signal,
			noMoreAttempts: endsAttempts.controller.signal,
		});
		// From the cache, JSON, a refusal, or from a server that numbers its choices in its own way.
		if (!caller.hasText) caller.add(checkedText(result));
		await untilAborted(caller.end(), cancel);
		return result;
	} finally {
		ends.release();
		endsAttempts.release();
		await untilAborted(caller.flush(), cancel).catch(() => {});
	}
}

/** What a caller is given of a reply that comes as a whole: of JSON, what the node understood. */
function checkedText({ choices: [{ text, refusal = '', json }] }: CachedResult): string {
	if (!text) return refusal;
	return json === undefined || isDeepStrictEqual(parseJson(text), json) ? text : JSON.stringify(json);
}
