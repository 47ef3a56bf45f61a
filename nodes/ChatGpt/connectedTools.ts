import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import { TOOL_NAME, type CallableTool } from '../../client/tools';
import { objectSchema } from '../../client/zodSchema';
import { isTool } from './isTool';
import { InputProblem, shown } from './shared/inputProblem';

/** What we use of n8n's tool nodes, which give out tools of LangChain. */
interface ConnectedTool {
	name: string;
	description?: string;
	schema?: unknown;
	metadata?: {
		/** The node it comes from. */
		sourceNodeName?: string;
		/** The tool that a node for human review stands in front of. */
		gatedToolNodeName?: string;
	};
	invoke(given: object, config: { signal: AbortSignal }): Promise<unknown>;
}

/** Several tools from one node, such as those of an MCP server. */
interface Toolkit {
	tools?: ConnectedTool[];
	getTools?(): ConnectedTool[];
}

/**
 * The tools connected to the node, asked for each item anew, since their settings may depend on it.
 *
 * @throws {InputProblem} when a tool could not be called.
 */
export async function connectedTools(context: IExecuteFunctions, itemIndex: number): Promise<CallableTool[]> {
	// A node that runs as a tool of an agent has no inputs.
	if (isTool(context)) return [];
	const connected = await context.getInputConnectionData(NodeConnectionTypes.AiTool, itemIndex);
	return [connected].flat(2).flatMap(toolsOf).map(callable);
}

function toolsOf(given: unknown): ConnectedTool[] {
	if (typeof given !== 'object' || given === null) return [];
	if ('invoke' in given) return [given as ConnectedTool];
	const toolkit = given as Toolkit;
	return toolkit.getTools?.() ?? toolkit.tools ?? [];
}

function callable(tool: ConnectedTool): CallableTool {
	const { name, description = '', schema, metadata } = tool;
	const node = metadata?.sourceNodeName ?? name;
	if (metadata?.gatedToolNodeName !== undefined) {
		// It would be called without anybody having been asked.
		throw new InputProblem(
			'Tool',
			`The tool ${metadata.gatedToolNodeName} waits for a human review by ${node}, which only n8n's AI Agent can ask for`,
			'Connect the tool without the review, or use it with an AI Agent',
		);
	}
	if (!TOOL_NAME.test(name)) {
		throw new InputProblem(
			'Tool',
			`The tool of the node ${node} is named ${shown(name)}, but a name may only have letters without accents, digits, _ and -, and at most 64 of them`,
			'Rename the tool node, or correct the name in its settings',
		);
	}
	return {
		name,
		description,
		parameters: objectSchema(schema),
		call: async (given, signal) => await tool.invoke(given, { signal }),
	};
}
