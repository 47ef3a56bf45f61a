import { isObject, type JsonSchema } from '../core/json';
import type { ChatReply, Choice } from '../core/reply';
import type { ToolCall } from '../core/toolCall';
import { readJsonReply } from '../structured/jsonReply';
import { mismatch } from '../structured/mismatch';
import { schemaProblem } from '../structured/schemaProblem';
import { offeredTools } from './tools';

const REPAIRED =
	'The arguments of a tool call were not valid JSON. Their mistakes were mended, so check them.';

/**
 * Reads the calls in a reply, and checks them against the tools that the request offers.
 *
 * @returns the reply with `toolCalls` in each choice that calls tools, and a warning if arguments had to be repaired.
 */
export function withToolCalls(reply: ChatReply, request: Record<string, unknown>): ChatReply {
	if (reply.choices.every(({ toolMessage }) => !toolMessage)) return reply;
	const offered = offeredTools(request);
	const read = reply.choices.map(({ toolMessage }) =>
		toolMessage?.tool_calls.map((raw) => readToolCall(raw as RawCall, offered)),
	);
	const choices = reply.choices.map((choice, place): Choice => {
		const calls = read[place];
		return calls ? { ...choice, toolCalls: calls.map(({ call }) => call) } : choice;
	}) as ChatReply['choices'];
	const isRepaired = read.flat().some((one) => one?.isRepaired);
	return { ...reply, choices, ...(isRepaired && { warnings: [{ feature: 'tools', message: REPAIRED }] }) };
}

/** As the API sends it, when all is well. */
interface RawCall {
	id: string;
	function?: { name?: unknown; arguments?: unknown } | null;
	custom?: { name?: unknown; input?: unknown } | null;
}

function readToolCall(
	{ id, function: named, custom }: RawCall,
	offered: Map<string, JsonSchema | undefined>,
): { call: ToolCall; isRepaired?: boolean } {
	const given = named?.name ?? custom?.name;
	const name = typeof given === 'string' ? given : '';
	// A custom tool takes a text of any kind.
	if (custom) return { call: { id, name, arguments: { input: custom.input } } };
	const { value, problem, isRepaired } = readArguments(named?.arguments);
	const call: ToolCall = { id, name, arguments: value };
	const error = wrongName(name, offered) ?? problem ?? wrongArguments(value, offered.get(name));
	return { call: error === undefined ? call : { ...call, error }, isRepaired };
}

function readArguments(given: unknown): {
	value: JsonSchema | string;
	problem?: string;
	isRepaired?: boolean;
} {
	// Ollama's own way is an object; and a tool without parameters is often called with nothing.
	if (isObject(given)) return { value: given };
	const text = typeof given === 'string' ? given : JSON.stringify(given ?? '');
	if (['', '""', 'null'].includes(text.trim())) return { value: {} };
	const reading = readJsonReply(text, 'the text');
	if ('problem' in reading)
		return { value: text, problem: `The arguments cannot be read: ${reading.problem}` };
	if (!isObject(reading.value)) return { value: text, problem: 'The arguments are no JSON object' };
	return { value: reading.value, isRepaired: reading.repair !== undefined };
}

function wrongName(name: string, offered: Map<string, unknown>): string | undefined {
	if (offered.has(name)) return undefined;
	return `There is no tool named "${name}". Available tools: ${[...offered.keys()].join(', ') || 'none'}`;
}

function wrongArguments(value: JsonSchema | string, schema: JsonSchema | undefined): string | undefined {
	// A schema that cannot be followed, which may come from a foreign tool, is no reason to reject a call.
	if (!schema || schemaProblem(schema)) return undefined;
	const wrong = mismatch(value, schema, 'the arguments');
	return wrong && `The arguments do not follow the parameters of the tool (${wrong})`;
}
