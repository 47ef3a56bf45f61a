import { isDeepStrictEqual } from 'node:util';
import {
	linkSignals,
	parseJson,
	untilAborted,
	type CallableTool,
	type CallOptions,
	type ChatReply,
	type ChatRequest,
	type ChatResult,
	type Client,
	type CompletionRequest,
	type JsonOptions,
} from '../../client';
import { openCallerStream } from '../caller/callerStream';
import { readCacheTime, readCallLimits, readStreaming } from '../parameters/callOptions';
import type { ItemContext } from './operation';

/** What is asked for one item. */
export interface Question {
	request: ChatRequest | CompletionRequest;
	/** How to read the reply, when it is to be JSON. */
	json?: JsonOptions;
	/** Whether a reply is worth keeping for the next who asks the same; any that says something, unless given. */
	isCacheable?: (reply: ChatReply) => boolean;
	/** Offered by the request, and called here. */
	tools?: CallableTool[];
	maxToolRounds?: number;
}

/** Gets the reply to one item's request, and passes it on to a caller who reads along while it is being written. */
export async function askModel(item: ItemContext, question: Question): Promise<ChatResult> {
	const { client, isStreamingToCaller } = item.run;
	const { toCaller, fromApi } = readStreaming(item.options);
	const call: CallOptions = { ...readCall(item, question), ...(fromApi && { stream: {} }) };
	return isStreamingToCaller && toCaller
		? await streamToCaller(item, question, call)
		: await complete(client, question.request, call);
}

function readCall({ run, options, log, stopSignal }: ItemContext, question: Question): CallOptions {
	const { json, isCacheable, tools = [], maxToolRounds: maxRounds = 0 } = question;
	const keepMs = readCacheTime(options);
	return {
		...readCallLimits(options),
		log,
		run: run.paced,
		beforeSend: run.throwIfRunFailed,
		// When another item ends the run, what is under way may finish only if the reply is kept for the next try.
		abortSignal: run.checkpoint ? run.abortSignal : stopSignal,
		stopSignal,
		...(json && { json: { repairAttempts: json.repairAttempts, normalizeReply: json.normalizeReply } }),
		...(keepMs > 0 && { cache: { keepMs, isCacheable } }),
		// If the next try of the node can have the reply, tools need not act a second time for it.
		...(tools.length > 0 && { tools: { callable: tools, maxRounds, finishRounds: !!run.checkpoint } }),
	};
}

async function streamToCaller(
	{ run, itemIndex, stopSignal }: ItemContext,
	{ request, json }: Question,
	call: CallOptions,
): Promise<ChatResult> {
	const { client, context, disconnectSignal } = run;
	const caller = openCallerStream(context, itemIndex);
	// The caller sees the first of several choices. JSON is passed on once it is checked: what was read could not be
	// repaired any more, nor asked for again.
	const onText = (text: string, choice: number) => choice === 0 && caller.add(text);
	const aborts = linkSignals([call.abortSignal, disconnectSignal]);
	const stops = linkSignals([stopSignal, disconnectSignal]);
	try {
		const result = await complete(client, request, {
			...call,
			stream: json ? {} : { onText },
			onReply: (reply) => caller.endReply(textForCaller(reply, json)),
			abortSignal: aborts.controller.signal,
			stopSignal: stops.controller.signal,
		});
		await untilAborted(caller.end(), run.abortSignal);
		return result;
	} finally {
		for (const { release } of [aborts, stops]) release();
		await untilAborted(caller.flush(), run.abortSignal).catch(() => {});
	}
}

async function complete(
	client: Client,
	request: Question['request'],
	call: CallOptions,
): Promise<ChatResult> {
	return isChat(request) ? await client.completeChat(request, call) : await client.complete(request, call);
}

function isChat(request: Question['request']): request is ChatRequest {
	return 'messages' in request;
}

/** What a caller is given of a reply that comes as a whole: of JSON, what the node understood. */
function textForCaller({ choices: [choice] }: ChatReply, isJson: unknown): string {
	const { text, refusal = '', json, toolMessage } = choice;
	// What is said before the JSON would make it unreadable.
	if (isJson && toolMessage) return '';
	if (!text) return refusal;
	return json === undefined || isDeepStrictEqual(parseJson(text), json) ? text : JSON.stringify(json);
}
