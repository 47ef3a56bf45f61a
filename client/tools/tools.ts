import { isObject, type JsonSchema } from '../structured/jsonSchema';

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
	call(given: JsonSchema, signal: AbortSignal): Promise<unknown>;
}

/** What the API takes as the name of a tool. */
export const TOOL_NAME = /^[\w-]{1,64}$/;

/** How a tool is described to the model. */
export function definitionOf({ name, description, parameters }: CallableTool): FunctionTool {
	return { type: 'function', function: { name, description, parameters } };
}

/** The tools a request offers, by name, each with the schema of its arguments if there is one to check them by. */
export function offeredTools({ tools }: Record<string, unknown>): Map<string, JsonSchema | undefined> {
	const offered = new Map<string, JsonSchema | undefined>();
	// They may come from the extra parameters, where people write what they want.
	for (const tool of Array.isArray(tools) ? (tools as unknown[]) : []) {
		if (!isObject(tool)) continue;
		const { name, parameters } = (tool.function ?? tool.custom ?? {}) as JsonSchema;
		if (typeof name === 'string') offered.set(name, isObject(parameters) ? parameters : undefined);
	}
	return offered;
}
