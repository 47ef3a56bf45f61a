import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type NodeConnectionType,
} from 'n8n-workflow';
import { objectSchema, TOOL_NAME, untilAborted, type CallableTool } from '../../client';
import { isTool } from '../parameters/isTool';
import { InputProblem, shown } from '../parameters/inputProblem';

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

/** Hands on the tools for an item. The stop signal ends the wait for tools that do not answer. */
export type UseTools = <T>(
	itemIndex: number,
	stopSignal: AbortSignal,
	use: (tools: CallableTool[]) => Promise<T>,
) => Promise<T>;

/**
 * The tools connected to the node. Mostly their settings are the same for all items, which then share them: what the
 * model fills in ($fromAI) n8n finds by counting the calls of a node, and only tools that are shared count them together.
 * Settings that depend on the item give each item tools of its own; to count right, such items follow each other.
 *
 * Rejects with an InputProblem when a tool could not be called.
 */
export function connectedTools(context: IExecuteFunctions): UseTools {
	// A node that runs as a tool of an agent has no inputs.
	if (isTool(context)) return async (_itemIndex, _stopSignal, use) => await use([]);
	let shared: Promise<CallableTool[]> | undefined;
	let lastUse: Promise<unknown> = Promise.resolve();
	const isOwn = context.getInputData().length > 1 && dependOnItem(context);
	return async (itemIndex, stopSignal, use) => {
		if (!isOwn) return await use(await untilAborted((shared ??= toolsIn(context)), stopSignal));
		const result = lastUse.then(async () => {
			const tools = toolsIn(withOneItem(context, itemIndex));
			return await use(await untilAborted(tools, stopSignal));
		});
		// The next item needs to know only that this one is over.
		lastUse = result.catch(() => {});
		return await result;
	};
}

/** An expression that may give something else for each item. */
const OF_ITEM =
	/\$(json|binary|input|item|items|itemIndex|position|data|node|evaluateExpression)\b|\.(item|itemMatching|pairedItem)\b/;

/** Whether the settings of a tool, or of a node behind it, depend on the item. */
function dependOnItem(context: IExecuteFunctions): boolean {
	const tools = context.getParentNodes(context.getNode().name, {
		connectionType: NodeConnectionTypes.AiTool,
		depth: 1,
		includeNodeParameters: true,
	});
	const behind = tools.flatMap(({ name }) =>
		context.getParentNodes(name, {
			connectionType: 'ALL_NON_MAIN' as NodeConnectionType,
			includeNodeParameters: true,
		}),
	);
	return [...tools, ...behind].some(({ disabled, parameters }) => !disabled && hasExpression(parameters));
}

function hasExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=') && OF_ITEM.test(value);
	return typeof value === 'object' && value !== null && Object.values(value).some(hasExpression);
}

/** Where n8n keeps what expressions see (2.41.1, `BaseExecuteContext`). */
interface Inputs {
	connectionInputData: INodeExecutionData[];
	inputData: { main: INodeExecutionData[][] };
}

/**
 * The node as if it had one input item only. Tools read their settings for the first item, whatever item they are asked
 * for (sub-workflows even fail for any other), so each customer would get the first one's data. Where n8n keeps its
 * items elsewhere, tools read the first, as with n8n's own agent.
 */
function withOneItem(context: IExecuteFunctions, itemIndex: number): IExecuteFunctions {
	const item = context.getInputData()[itemIndex]!;
	const one: Inputs = { connectionInputData: [item], inputData: { main: [[item]] } };
	return Object.assign(Object.create(context) as IExecuteFunctions, one);
}

async function toolsIn(context: IExecuteFunctions): Promise<CallableTool[]> {
	const connected = await context.getInputConnectionData(NodeConnectionTypes.AiTool, 0);
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
		// It would be called without the review.
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
