import { setMaxListeners } from 'node:events';
import { linkSignals, untilAborted } from '../core/abort';
import type { BaseCall } from '../core/call';
import { ApiFailure, ONLY_TOOL_CALLS } from '../core/errors';
import { isObject, type JsonObject } from '../core/json';
import type { ChatReply, Warning } from '../core/reply';
import type { ChatMessage, ModelRequest } from '../core/requests';
import type { Next } from '../core/step';
import type { CallableTool, MadeCall, ToolCall } from '../core/toolCall';
import { jsonFormatIn } from '../structured/jsonFormat';
import { offeredTools } from './tools';

/** How the tools that a request offers are called. */
export interface ToolOptions {
	/** Those that can be called here. The request may offer others, whose calls are left to the caller. */
	callable: CallableTool[];
	/** After so many rounds of calls the model has to answer without. */
	maxRounds: number;
	/** Whether later rounds go on after the stop signal: their tools have acted, and need not act again for the reply. */
	finishRounds?: boolean;
}

/** What calling tools needs of a call. */
export interface ToolCallsCall extends BaseCall {
	tools?: ToolOptions;
	/** Told of each reply, of which there are several if tools are called. */
	onReply?: (reply: ChatReply) => void;
	stream?: { onBegin?: () => void };
}

/** Longer texts of errors say little more, and are paid for in every further round. */
const LONGEST_ERROR = 1000;

/**
 * The layer that calls tools, and asks again with their results, as long as the model calls any. All calls of one reply
 * are made at the same time. Whatever is wrong with a call goes back to the model as its result, and so does what a tool
 * throws. The calls of all rounds are in the log.
 *
 * @returns the last reply, with the calls of all rounds as `toolCalls` of its first choice.
 * @throws {ApiFailure} `invalid_json` when the model calls tools even where it has to answer without.
 * @throws what `next` throws; the signal's reason when it aborts.
 */
export async function callTools<R extends ModelRequest, C extends ToolCallsCall>(
	request: R,
	call: C,
	next: Next<R, ChatReply, C>,
): Promise<ChatReply> {
	const { tools, onReply, abortSignal } = call;
	const ask = async (request: R, call: C) => {
		const reply = await next(request, call);
		onReply?.(reply);
		return reply;
	};
	if (!tools || tools.callable.length === 0) return await ask(request, call);
	// Tools that know signals may stay registered with theirs, which must not outlive the item.
	const link = linkSignals([abortSignal]);
	// Every tool listens, and Node takes more than ten listeners for a leak.
	setMaxListeners(0, link.controller.signal);
	try {
		return await new ToolRounds(request, call, tools, link.controller.signal).run(ask);
	} finally {
		link.release();
	}
}

/** The rounds of one call. */
class ToolRounds<R extends ModelRequest, C extends ToolCallsCall> {
	private readonly callable: Map<string, CallableTool>;
	private readonly offered: Map<string, unknown>;
	/** The messages between the question and the last reply: calls and their results. */
	private readonly exchange: ChatMessage[] = [];
	private round = 1;

	constructor(
		private readonly request: R,
		private readonly call: C,
		private readonly tools: ToolOptions,
		private readonly abortSignal: AbortSignal,
	) {
		this.callable = new Map(tools.callable.map((tool) => [tool.name, tool]));
		this.offered = offeredTools(request);
	}

	async run(ask: (request: R, call: C) => Promise<ChatReply>): Promise<ChatReply> {
		const { maxRounds } = this.tools;
		for (; ; this.round++) {
			const reply = await ask(this.requestOfRound(), this.callOfRound());
			const { toolMessage } = reply.choices[0];
			if (!toolMessage) return this.finish(reply);
			if (this.round > maxRounds) return this.finishAfterLastRound(reply);
			const calls = await this.makeCalls(reply);
			const results = calls.filter((call) => !this.isLeftToCaller(call)).map(resultMessage);
			if (calls.some((call) => this.isLeftToCaller(call))) return this.finish(reply, results);
			this.exchange.push(toolMessage, ...results);
			if (this.round === maxRounds) this.call.log.warn(tooManyRounds(maxRounds));
		}
	}

	private requestOfRound(): R {
		const request: R = {
			...this.request,
			messages: [...(this.request.messages ?? []), ...this.exchange],
		};
		if (this.round > this.tools.maxRounds) return { ...request, tool_choice: 'none' };
		// A model that must call a tool can never answer, so that it must only once.
		if (this.round > 1 && mustCall(request.tool_choice)) delete request.tool_choice;
		return request;
	}

	private callOfRound(): C {
		const { stream, abortSignal, stopSignal } = this.call;
		if (this.round === 1) return this.call;
		return {
			...this.call,
			// The first token is that of the first round.
			...(stream && { stream: { ...stream, onBegin: undefined } }),
			stopSignal: this.tools.finishRounds ? abortSignal : stopSignal,
		};
	}

	private async makeCalls({ choices: [{ toolCalls = [] }] }: ChatReply): Promise<MadeCall[]> {
		const { log } = this.call;
		try {
			const making = Promise.all(toolCalls.map((toolCall) => this.makeCall(toolCall)));
			const calls = await untilAborted(making, this.abortSignal);
			log.addToolCalls(calls);
			return calls;
		} catch (error) {
			log.addToolCalls(toolCalls.map((toolCall) => ({ ...toolCall, round: this.round })));
			throw error;
		}
	}

	private async makeCall(toolCall: ToolCall): Promise<MadeCall> {
		const { round } = this;
		const tool = this.callable.get(toolCall.name);
		if (toolCall.error !== undefined || !tool) return { ...toolCall, round };
		try {
			const result = resultText(await tool.call(toolCall.arguments as JsonObject, this.abortSignal));
			return { ...toolCall, result, round };
		} catch (error) {
			return { ...toolCall, error: errorText(error), round };
		}
	}

	private isLeftToCaller({ name }: ToolCall): boolean {
		return this.offered.has(name) && !this.callable.has(name);
	}

	/** The reply to the round in which the model had to answer without tools, though it called some. */
	private finishAfterLastRound(reply: ChatReply): ChatReply {
		const { log } = this.call;
		const { text, json, toolCalls = [] } = reply.choices[0];
		log.addToolCalls(toolCalls.map((toolCall) => ({ ...toolCall, round: this.round })));
		const isAnswer = jsonFormatIn(this.request) ? json !== undefined : text.trim() !== '';
		if (isAnswer || toolCalls.some((toolCall) => this.isLeftToCaller(toolCall))) return this.finish(reply);
		log.addUnusableReply(ONLY_TOOL_CALLS);
		throw new ApiFailure('invalid_json', 'the model calls tools instead of answering', {
			code: ONLY_TOOL_CALLS,
			...(text && { text }),
		});
	}

	/** @param results for the last reply, when it calls tools that are left to the caller as well. */
	private finish(reply: ChatReply, results: ChatMessage[] = []): ChatReply {
		const { toolCalls } = this.call.log;
		const [choice, ...others] = reply.choices;
		return {
			...reply,
			choices: [toolCalls.length > 0 ? { ...choice, toolCalls: [...toolCalls] } : choice, ...others],
			exchange: this.exchange,
			...(results.length > 0 && { results }),
		};
	}
}

/** "required", a tool's name, or a selection of which one is required (openai 7.55, `ChatCompletionToolChoiceOption`). */
function mustCall(choice: unknown): boolean {
	if (!isObject(choice)) return choice === 'required';
	const { allowed_tools: allowed } = choice;
	return !(isObject(allowed) && allowed.mode === 'auto');
}

function resultMessage({ id, result, error }: MadeCall): ChatMessage {
	return { role: 'tool', tool_call_id: id, content: result ?? `Error: ${error}` };
}

function tooManyRounds(rounds: number): Warning {
	return {
		feature: 'maxToolRounds',
		message: `The model called tools in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, the most allowed, and then had to answer without.`,
	};
}

function resultText(result: unknown): string {
	return typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
}

function errorText(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)}…` : text;
}
