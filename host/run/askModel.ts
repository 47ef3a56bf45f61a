import { isDeepStrictEqual } from 'node:util';
import type { IDataObject } from 'n8n-workflow';
import type { ChatRequest } from '../../client/core/requests';
import type { CallOptions } from '../../client/client';
import { linkSignals, untilAborted, withinTotal } from '../../client/core/abort';
import { waitedMsOf } from '../../client/core/errors';
import { parseJson } from '../../client/core/json';
import type { JsonOptions } from '../../client/structured/repairJson';
import { completeWithTools } from '../../client/tools/callTools';
import type { CallableTool } from '../../client/tools/tools';
import { ClientDisconnectedError } from '../caller/clientDisconnectedError';
import { openCallerStream } from '../caller/callerStream';
import type { NodeRun } from './nodeRun';
import { askOrRecall, type AnyRequest, type CachedResult } from '../../client/sending/replyCache';
import { readCacheTime, readCallLimits, readStreaming } from '../parameters/callOptions';

/** What is asked for one item. */
export interface Question {
	request: AnyRequest;
	/** How to read the reply, when it is to be JSON. */
	json?: JsonOptions;
	/** Whether a reply is worth keeping for the next who asks the same; any that says something, unless given. */
	isCacheable?: (reply: CachedResult) => boolean;
	/** Offered by the request, and called here. */
	tools?: CallableTool[];
	maxToolRounds?: number;
}

/** Gets the reply to one item's request: from the cache, or from the API, passed on while it is being written. */
export async function askModel(
	run: NodeRun,
	question: Question,
	itemIndex: number,
	options: IDataObject,
	stopSignal: AbortSignal,
): Promise<CachedResult> {
	const { context, cancel, paid, isStreamingToCaller, disconnected, calls, throwIfRunFailed } = run;
	const { json } = question;
	const { toCaller, fromApi } = readStreaming(options);
	const keepMs = readCacheTime(options);
	const callOptions: CallOptions = {
		...readCallLimits(options),
		...(json && { json: { repairAttempts: json.repairAttempts, tidy: json.tidy } }),
		run: calls,
		beforeSend: throwIfRunFailed,
		// When another item ends the run, what is under way may finish only if somebody keeps the reply.
		signal: paid ? cancel : stopSignal,
		stopSignal,
		...(fromApi && { stream: {} }),
	};
	if (!isStreamingToCaller || !toCaller) {
		return await reply(run, question, keepMs, callOptions);
	}

	const caller = openCallerStream(context, itemIndex);
	// Of several choices the caller sees the first. JSON is passed on once it is checked: what was read could not be
	// mended any more, nor asked for again.
	const onText = (text: string, choice: number) => choice === 0 && caller.add(text);
	// One for each item, since it is told what the item had cost by then.
	const hangsUp = linkSignals([disconnected], () => new ClientDisconnectedError());
	const ends = linkSignals([callOptions.signal, hangsUp.controller.signal]);
	const endsAttempts = linkSignals([stopSignal, hangsUp.controller.signal]);
	const streaming: CallOptions = {
		...callOptions,
		stream: json ? {} : { onText },
		signal: ends.controller.signal,
		stopSignal: endsAttempts.controller.signal,
	};
	try {
		const result = await reply(run, question, keepMs, streaming, (one) =>
			caller.endReply(textForCaller(one, json)),
		);
		await untilAborted(caller.end(), cancel);
		return result;
	} finally {
		for (const { release } of [hangsUp, ends, endsAttempts]) release();
		await untilAborted(caller.flush(), cancel).catch(() => {});
	}
}

/**
 * Asks, and calls tools as long as the model wants it.
 *
 * @param onReply told of each reply, of which there are several if tools are called.
 */
async function reply(
	{ client, paid }: NodeRun,
	{ request, isCacheable, tools = [], maxToolRounds: maxRounds = 0 }: Question,
	keepMs: number,
	options: CallOptions,
	onReply: (result: CachedResult) => void = () => {},
): Promise<CachedResult> {
	const ask = async (toSend: AnyRequest, callOptions: CallOptions) => {
		const result = await askOrRecall(client, toSend, keepMs, callOptions, isCacheable);
		onReply(result);
		return result;
	};
	if (tools.length === 0) return await ask(request, options);
	const { totalTimeoutMs, signal, stopSignal } = options;
	return await withinTotal(totalTimeoutMs, [signal, stopSignal], async (signal, stopSignal) => {
		const within = { ...options, totalTimeoutMs: undefined, signal, stopSignal };
		// If the next try of the node can have the reply, tools need not act a second time for it.
		const lateRounds = paid ? { ...within, stopSignal: signal } : within;
		let { maxWaitMs } = options;
		let beginWith: string | undefined;
		const askRound = async (toSend: AnyRequest, round: number) => {
			const result = await ask(toSend, { ...(round > 1 ? lateRounds : within), maxWaitMs, beginWith });
			maxWaitMs = Math.max(0, maxWaitMs - waitedMsOf(result.failedAttempts));
			beginWith = result.fallbackModel ?? beginWith;
			return result;
		};
		// Only a chat has tools.
		return await completeWithTools(askRound, request as ChatRequest, tools, { maxRounds, signal });
	});
}

/** What a caller is given of a reply that comes as a whole: of JSON, what the node understood. */
function textForCaller({ choices: [choice] }: CachedResult, isJson: unknown): string {
	const { text, refusal = '', json, toolMessage } = choice;
	// What is said before the JSON would make it unreadable.
	if (isJson && toolMessage) return '';
	if (!text) return refusal;
	return json === undefined || isDeepStrictEqual(parseJson(text), json) ? text : JSON.stringify(json);
}
