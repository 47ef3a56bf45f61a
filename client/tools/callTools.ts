import { setMaxListeners } from 'node:events';
import type { Choice, Warning } from '../endpoints/chat/response';
import type { ChatMessage, ChatRequest } from '../core/requests';
import { systemClock, type Clock } from '../core/clock';
import { linkSignals, untilAborted } from '../core/abort';
import { ApiFailure, ONLY_TOOL_CALLS, CallError } from '../core/errors';
import { jsonFormatIn } from '../structured/jsonFormat';
import type { JsonSchema } from '../structured/jsonSchema';
import { Tally, type Counted } from '../core/tally';
import type { ToolCall } from './toolCalls';
import { offeredTools, type CallableTool } from './tools';

/** A call in one of the rounds. One with neither `result` nor `error` is left for the caller to make. */
export type MadeCall = ToolCall & {
	/** What the model was given. */
	result?: string;
	/** Which reply called the tool, counted from 1. */
	round: number;
};

/** What the loop reads of an answer, and adds up. */
interface Answer extends Counted {
	choices: [Choice, ...Choice[]];
	latencyMs: number;
	timeToFirstTokenMs?: number;
}

/** What a reply with tools has besides. */
export interface ToolRun {
	/** The messages between the question and the last reply: calls and their results. */
	exchange?: ChatMessage[];
	/** Results for the last reply, when it calls tools that are left to the caller as well. */
	results?: ChatMessage[];
	/** How many replies were paid for. */
	paidReplies?: number;
}

export interface ToolLoopOptions {
	/** After so many rounds of calls the model has to answer without. */
	maxRounds: number;
	/** Ends the loop at once, also while tools are at work. */
	signal?: AbortSignal;
	clock?: Pick<Clock, 'now'>;
}

/** Longer texts of errors say little more, and are paid for in every further round. */
const LONGEST_ERROR = 1000;

/**
 * Asks; and as long as the model calls tools, calls them and asks again. All calls of one reply are made at the same
 * time. Whatever is wrong with a call goes back to the model as its result, and so does what a tool throws.
 *
 * @param ask sends a request; told which round it is for, counted from 1.
 * @param given offers all of `tools`. It may offer others: a reply that calls one of these ends the loop, and leaves
 * that call to the caller.
 * @returns the last reply, with the calls of all rounds as `toolCalls` of its first choice; usage, cost, attempts and
 * warnings of all rounds together.
 * @throws {ApiFailure} `invalid_json` when the model calls tools even where it has to answer without.
 * @throws what `ask` throws; the signal's reason when it aborts. Whatever is `CallError` has what was paid and which
 * tools were called before.
 */
export async function completeWithTools<T extends Answer>(
	ask: (request: ChatRequest, round: number) => Promise<T>,
	given: ChatRequest,
	tools: CallableTool[],
	{ maxRounds, signal, clock = systemClock }: ToolLoopOptions,
): Promise<T & ToolRun> {
	const started = clock.now();
	const callable = new Map(tools.map((tool) => [tool.name, tool]));
	const offered = offeredTools(given);
	const made: MadeCall[] = [];
	const exchange: ChatMessage[] = [];
	let round = 1;
	const tally = new Tally<T>((request) => ask(request, round));
	let first: T | undefined;
	// Tools that know signals may stay registered with theirs, which must not outlive the item.
	const ends = linkSignals([signal]);
	const endsTools = ends.controller.signal;
	// Every tool listens, and Node takes more than ten listeners for a leak.
	setMaxListeners(0, endsTools);

	const isLeft = ({ name }: ToolCall) => offered.has(name) && !callable.has(name);
	const make = async (call: ToolCall): Promise<MadeCall> => {
		const tool = callable.get(call.name);
		if (call.error !== undefined || !tool) return { ...call, round };
		try {
			const result = textOf(await tool.call(call.arguments as JsonSchema, endsTools));
			return { ...call, result, round };
		} catch (error) {
			return { ...call, error: shortened(error), round };
		}
	};
	const finish = (answer: T, results: ChatMessage[] = []): T & ToolRun => {
		const { cached, ...rest } = answer;
		const [choice, ...others] = rest.choices;
		const { timeToFirstTokenMs } = first!;
		return {
			...(rest as T),
			choices: [made.length > 0 ? { ...choice, toolCalls: made } : choice, ...others],
			...tally.sum(),
			latencyMs: Math.round(clock.now() - started),
			...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
			...(cached && tally.paidAnswers === 0 && { cached }),
			exchange,
			...(results.length > 0 && { results }),
			paidReplies: tally.paidAnswers,
		};
	};

	try {
		for (; ; round++) {
			const request = requestOf(given, exchange, round, maxRounds);
			const answer = await tally.ask(request);
			first ??= answer;
			const { toolMessage, toolCalls = [] } = answer.choices[0];
			if (!toolMessage) return finish(answer);
			if (round > maxRounds) {
				made.push(...toolCalls.map((call) => ({ ...call, round })));
				const { text, json } = answer.choices[0];
				if ((jsonFormatIn(given) ? json === undefined : !text.trim()) && !toolCalls.some(isLeft)) {
					const failure = new ApiFailure('invalid_json', 'the model calls tools instead of answering', {
						code: ONLY_TOOL_CALLS,
						...(text && { text }),
					});
					failure.attempts = [{ status: 200, code: ONLY_TOOL_CALLS }];
					throw tally.charge(failure);
				}
				return finish(answer);
			}
			const calls = await untilAborted(Promise.all(toolCalls.map(make)), endsTools).catch((error) => {
				made.push(...toolCalls.map((call) => ({ ...call, round })));
				throw error instanceof CallError ? tally.charge(error) : error;
			});
			made.push(...calls);
			const results = calls.filter((call) => !isLeft(call)).map(resultMessage);
			if (calls.some(isLeft)) return finish(answer, results);
			exchange.push(toolMessage, ...results);
			if (round === maxRounds) tally.warn(tooManyRounds(maxRounds));
		}
	} catch (error) {
		if (error instanceof CallError && made.length > 0) error.details.toolCalls = made;
		throw error;
	} finally {
		ends.release();
	}
}

function requestOf(
	given: ChatRequest,
	exchange: ChatMessage[],
	round: number,
	maxRounds: number,
): ChatRequest {
	const request: ChatRequest = { ...given, messages: [...given.messages, ...exchange] };
	if (round > maxRounds) return { ...request, tool_choice: 'none' };
	// A model that must call a tool can never answer, so that it must only once.
	if (round > 1 && mustCall(given.tool_choice)) delete request.tool_choice;
	return request;
}

/** "required", a tool's name, or a selection of which one is required (openai 7.55, `ChatCompletionToolChoiceOption`). */
function mustCall(choice: unknown): boolean {
	if (typeof choice !== 'object' || choice === null) return choice === 'required';
	const { allowed_tools: allowed } = choice as { allowed_tools?: { mode?: unknown } };
	return allowed?.mode !== 'auto';
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

function textOf(result: unknown): string {
	return typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
}

function shortened(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)}…` : text;
}
