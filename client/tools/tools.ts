import { isObject, type JsonSchema } from '../core/json';
import type { CallableTool, FunctionTool } from '../core/toolCall';

/** What the API takes as the name of a tool. */
export const TOOL_NAME = /^[\w-]{1,64}$/;

/** How a tool is described to the model. */
export function definitionOf({ name, description, parameters }: CallableTool): FunctionTool {
	return { type: 'function', function: { name, description, parameters } };
}

/** The tools a request offers, by name, each with the schema of its arguments if there is one to check them by. */
export function offeredTools({ tools }: Record<string, unknown>): Map<string, JsonSchema | undefined> {
	const offered = new Map<string, JsonSchema | undefined>();
	// They may come from Extra Body, which holds whatever a user wrote.
	for (const tool of Array.isArray(tools) ? (tools as unknown[]) : []) {
		if (!isObject(tool)) continue;
		const described = tool.function ?? tool.custom;
		const { name, parameters } = isObject(described) ? described : {};
		if (typeof name === 'string') offered.set(name, isObject(parameters) ? parameters : undefined);
	}
	return offered;
}
