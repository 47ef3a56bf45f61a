import type { IDataObject } from 'n8n-workflow';
import type { ChatRequest } from '../../client/chatRequest';
import type { CallOptions } from '../../client/client';
import { linked, untilAborted } from '../../client/deadline';
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
): Promise<CachedResult> {
	const { toCaller, fromApi } = readStreaming(options);
	const keepMs = readCacheTime(options);
	const callOptions: CallOptions = {
		...readCallLimits(options),
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
	// Of several choices the caller sees the first.
	const onText = (text: string, choice: number) => choice === 0 && caller.add(text);
	const ends = linked([callOptions.signal, hungUp]);
	const endsAttempts = linked([noMoreAttempts, hungUp]);
	try {
		const result = await askOrRecall(client, request, keepMs, {
			...callOptions,
			stream: { onText },
			signal: ends.controller.signal,
			noMoreAttempts: endsAttempts.controller.signal,
		});
		// From the cache, a refusal, or from a server that numbers its choices in its own way.
		const [{ text, refusal = '' }] = result.choices;
		if (!caller.hasText) caller.add(text || refusal);
		await untilAborted(caller.end(), cancel);
		return result;
	} finally {
		ends.release();
		endsAttempts.release();
		await untilAborted(caller.flush(), cancel).catch(() => {});
	}
}
