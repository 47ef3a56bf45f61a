import type { JsonObject, JsonSchema } from './json';

/** An entry of `tools` that describes a function (openai 7.55, `ChatCompletionFunctionTool`). */
export interface FunctionTool {
	type: 'function';
	function: {
		/** At most 64 letters, digits, _ and -. */
		name: string;
		description?: string;
		parameters?: JsonSchema;
		strict?: boolean;
	};
}

/** A tool that can be called right here. */
export interface CallableTool {
	name: string;
	description: string;
	parameters: JsonSchema;
	/** What it returns the model gets as text; what it throws, as an error. */
	call(given: JsonObject, signal: AbortSignal): Promise<unknown>;
}

/** A call of a tool that a model wants made. */
export type ToolCall = {
	/** What its result has to name as `tool_call_id`. */
	id: string;
	name: string;
	/** The text that the model wrote, if it is not to be read as an object. */
	arguments: JsonObject | string;
	/** Why it cannot be made as it is, in words that a model understands. */
	error?: string;
};

/** A call in one of the rounds. One with neither `result` nor `error` is left for the caller to make. */
export type MadeCall = ToolCall & {
	/** What the model was given. */
	result?: string;
	/** Which reply called the tool, counted from 1. */
	round: number;
};
