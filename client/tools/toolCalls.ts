import type { ChatReply, Warning } from '../endpoints/chat/response';
import { readJsonReply } from '../structured/jsonReply';
import { isObject, mismatch, schemaProblem, type JsonSchema } from '../structured/jsonSchema';
import { offeredTools } from './tools';

/** A call of a tool that a model wants made. */
export type ToolCall = {
	/** What its result has to name as `tool_call_id`. */
	id: string;
	name: string;
	/** The text that the model wrote, if it is not to be read as an object. */
	arguments: JsonSchema | string;
	/** Why it cannot be made as it is, in words that a model understands. */
	error?: string;
};

const MENDED = 'The arguments of a tool call were not valid JSON. Their mistakes were mended, so check them.';

/**
 * Reads the calls in a reply, and checks them against the tools that the request offers.
 *
 * @returns the reply with `toolCalls` in each choice that calls tools, and a warning if arguments had to be mended.
 */
export function withToolCalls<T extends ChatReply>(
	reply: T,
	request: Record<string, unknown>,
): T & { mended: Warning[] } {
	const mended: Warning[] = [];
	if (reply.choices.every(({ toolMessage }) => !toolMessage)) return { ...reply, mended };
	const offered = offeredTools(request);
	for (const choice of reply.choices) {
		choice.toolCalls = choice.toolMessage?.tool_calls.map((raw) => {
			const { call, isRepaired } = readCall(raw as RawCall, offered);
			if (isRepaired) mended[0] = { feature: 'tools', message: MENDED };
			return call;
		});
	}
	return { ...reply, mended };
}

/** As the API sends it, when all is well. */
interface RawCall {
	id: string;
	function?: { name?: unknown; arguments?: unknown } | null;
	custom?: { name?: unknown; input?: unknown } | null;
}

function readCall(
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

function readArguments(given: unknown): { value: JsonSchema | string; problem?: string; isRepaired?: boolean } {
	// Ollama's own way is an object; and a tool without parameters is often called with nothing.
	if (isObject(given)) return { value: given };
	const text = typeof given === 'string' ? given : JSON.stringify(given ?? '');
	if (!text.trim() || text === '""') return { value: {} };
	const reading = readJsonReply(text, 'the text');
	if ('problem' in reading)
		return { value: text, problem: `The arguments cannot be read: ${reading.problem}` };
	if (!isObject(reading.value)) return { value: text, problem: 'The arguments are no JSON object' };
	return { value: reading.value, isRepaired: reading.mended !== undefined };
}

function wrongName(name: string, offered: Map<string, unknown>): string | undefined {
	if (offered.has(name)) return undefined;
	return `There is no tool named "${name}". Available tools: ${[...offered.keys()].join(', ') || 'none'}`;
}

function wrongArguments(value: JsonSchema | string, schema: JsonSchema | undefined): string | undefined {
	// A schema of somebody else's making that cannot be followed is no reason to refuse a call.
	if (!schema || schemaProblem(schema)) return undefined;
	const wrong = mismatch(value, schema, 'the arguments');
	return wrong && `The arguments do not follow the parameters of the tool (${wrong})`;
}
