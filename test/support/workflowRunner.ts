/** Runs a workflow with n8n-core's own engine and our built package. Nothing of the engine is mocked. */
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	deepCopy,
	NodeConnectionTypes,
	UserError,
	Workflow,
	type ExecutionError,
	type IConnections,
	type ICredentialDataDecryptedObject,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type IRun,
	type ITaskData,
	type IWorkflowBase,
	type IWorkflowSettings,
	type NodeExecutionHint,
	type StructuredChunk,
} from 'n8n-workflow';
import { loadPackage, nodeTypesOf, serverData, storeBinaryData } from './engineHost';
import { CredentialsInMemory } from './n8nCredentials';

/** As in an exported workflow. Node types: our package's, `manualTrigger` and `memoryBufferWindow` of n8n's own, and tools. */
export interface TestWorkflow {
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

export interface RunOptions {
	workflow: TestWorkflow;
	/** Where the package is; this repository unless given. */
	packageFolder?: string;
	/** What the manual trigger hands on. */
	items?: INodeExecutionData[];
	/** By credential type. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** The workflow's execution timeout: at its end n8n cancels the execution, as Stop does. */
	timeoutMs?: number;
	/** The caller who reads along, as with a Webhook whose response mode is Streaming. */
	onChunk?: (chunk: StructuredChunk) => void | Promise<void>;
	/** Called when the execution has begun; `cancel` is the Stop button. */
	onStart?: (control: { cancel(): void }) => void;
}

export interface RunResult {
	run: IRun;
	/** Why the run failed; an error that a node let pass (On Error) is in its `nodeRuns` and its output. */
	error: ExecutionError | undefined;
	/** Every time the node ran, in order. Retry On Fail leaves one entry, that of the last try. */
	nodeRuns(nodeName: string): ITaskData[];
	/** The items of one output of the node's last run. With On Error = error output, that output is the last. */
	output(nodeName: string, outputIndex?: number): INodeExecutionData[];
	hints(nodeName: string): NodeExecutionHint[];
}

const workflowId = 'test-workflow';
/** The editor's button. */
const MODE = 'manual';
let executions = 0;

/**
 * Rejects only where n8n would not start at all: an unknown node type, or WorkflowHasIssuesError for a required
 * parameter that is missing.
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
	const loader = await loadPackage(options.packageFolder);
	const { timeoutMs } = options;
	const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
	// The engine writes into what it is given, and a test may want to run the same workflow again.
	const saved = deepCopy(options.workflow);
	const workflow = new Workflow({
		...saved,
		id: workflowId,
		name: 'Test workflow',
		active: false,
		nodeTypes: nodeTypesOf(loader),
	});
	const executionId = String(++executions);
	const hooks = new ExecutionLifecycleHooks(MODE, executionId, savedWorkflow(workflow, saved));
	if (options.onChunk) hooks.addHandler('sendChunk', options.onChunk);
	const start = workflow.getStartNode();
	if (!start) throw new UserError('The workflow has no manual trigger');
	const items = await storeBinaryData(options.items ?? [{ json: {} }], workflowId, executionId);
	const engine = new WorkflowExecute(
		{
			...serverData(executionId),
			credentialsHelper: new CredentialsInMemory(loader, options.credentials ?? {}),
			hooks,
			streamingEnabled: options.onChunk !== undefined,
			executionTimeoutTimestamp: deadline,
			workflowId,
			workflowSettings: saved.settings,
		},
		MODE,
		createRunExecutionData({
			executionData: { nodeExecutionStack: [{ node: start, data: { main: [items] }, source: null }] },
		}),
	);
	const execution = engine.processRunExecutionData(workflow);
	const cancel = () => execution.cancel();
	const timer = timeoutMs === undefined ? undefined : setTimeout(cancel, timeoutMs);
	try {
		options.onStart?.({ cancel });
		const run = await execution;
		if (execution.isCanceled) run.finished = false; // n8n's WorkflowRunner does this after the engine
		return resultOf(run, workflow);
	} finally {
		clearTimeout(timer);
	}
}

/** A manual trigger and one ChatGPT node named `ChatGPT` with credentials: `overrides` set On Error, Retry and so on. */
export function oneNodeWorkflow(parameters: INodeParameters, overrides: Partial<INode> = {}): TestWorkflow {
	const start: INode = {
		id: '1',
		name: 'Start',
		type: 'n8n-nodes-base.manualTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const node: INode = {
		id: '2',
		name: 'ChatGPT',
		type: 'n8n-nodes-chatgpt.chatGpt',
		typeVersion: 1,
		position: [200, 0],
		parameters,
		credentials: { chatGptApi: { id: '1', name: 'ChatGPT account' } },
		...overrides,
	};
	const toNode = { node: node.name, type: NodeConnectionTypes.Main, index: 0 };
	return {
		nodes: [start, node],
		connections: { [start.name]: { main: [[toNode]] } },
		settings: { executionOrder: 'v1' },
	};
}

/** The same with a memory node. */
export function withMemory({ nodes, ...workflow }: TestWorkflow, parameters: INodeParameters): TestWorkflow {
	const memory: INode = {
		id: '3',
		name: 'Simple Memory',
		type: '@n8n/n8n-nodes-langchain.memoryBufferWindow',
		typeVersion: 1,
		position: [200, 200],
		parameters,
	};
	const type = NodeConnectionTypes.AiMemory;
	const connection = { [type]: [[{ node: 'ChatGPT', type, index: 0 }]] };
	return {
		...workflow,
		nodes: [...nodes, memory],
		connections: { ...workflow.connections, [memory.name]: connection },
	};
}

/** The same with tool nodes. */
export function withTools({ nodes, ...workflow }: TestWorkflow, tools: INode[]): TestWorkflow {
	const type = NodeConnectionTypes.AiTool;
	const connections = tools.map(({ name }) => [name, { [type]: [[{ node: 'ChatGPT', type, index: 0 }]] }]);
	return {
		...workflow,
		nodes: [...nodes, ...tools],
		connections: { ...workflow.connections, ...Object.fromEntries(connections) },
	};
}

function savedWorkflow(
	{ id, name = '', active }: Workflow,
	{ nodes, connections, settings }: TestWorkflow,
): IWorkflowBase {
	const createdAt = new Date();
	return {
		id,
		name,
		active,
		activeVersionId: null,
		isArchived: false,
		createdAt,
		updatedAt: createdAt,
		nodes,
		connections,
		settings,
	};
}

function resultOf(run: IRun, workflow: Workflow): RunResult {
	const { runData, error } = run.data.resultData;
	const nodeRuns = (nodeName: string) => {
		// A misspelt name would read as a node that did not run.
		if (!workflow.getNode(nodeName)) throw new Error(`The workflow has no node "${nodeName}"`);
		return runData[nodeName] ?? [];
	};
	return {
		run,
		error,
		nodeRuns,
		output: (nodeName, outputIndex = 0) => nodeRuns(nodeName).at(-1)?.data?.main?.[outputIndex] ?? [],
		hints: (nodeName) => nodeRuns(nodeName).flatMap(({ hints }) => hints ?? []),
	};
}
