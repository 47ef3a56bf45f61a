import type { IDataObject, INode, INodeExecutionData, INodeParameters, StructuredChunk } from 'n8n-workflow';
import type { FaultServer } from './faultServer';
import {
	oneNodeWorkflow,
	runWorkflow,
	withMemory,
	withTools,
	type RunOptions,
	type RunResult,
} from './workflowRunner';

/** Long enough to be redacted, and searched for by the tests that prove it is. */
export const API_KEY = 'sk-test-4f1c9b7e2a8d4c60';

export interface ChatGptRun extends Partial<Omit<RunOptions, 'workflow'>> {
	/** Parameters of the node besides the usual model and question. */
	parameters?: INodeParameters;
	options?: INodeParameters;
	/** Settings of the node, such as onError. */
	node?: Partial<INode>;
	credential?: IDataObject;
	/** Parameters of a memory node; there is none unless given. */
	memory?: INodeParameters;
	/** Tool nodes; none unless given. */
	tools?: INode[];
}

/** The setting On Error: Continue. */
export const CONTINUE = { onError: 'continueRegularOutput' } as const;

export const userMessage = (content: string) => ({ values: [{ role: 'user', content }] });

/** Items whose question is their number. */
export const numberedItems = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, number) => ({ json: { number, question: `Question ${number}` } }));

/** Runs a workflow of one ChatGPT node, which asks the server the question of each item. */
export async function runChatGpt(server: Pick<FaultServer, 'baseUrl'>, run: ChatGptRun = {}) {
	const { parameters, options, node, credential, memory, tools = [], ...rest } = run;
	const chatGpt = oneNodeWorkflow(
		{
			resource: 'chat',
			operation: 'complete',
			model: { __rl: true, mode: 'id', value: 'gpt-4.1-mini' },
			messages: userMessage('={{ $json.question }}'),
			options: options ?? {},
			...parameters,
		},
		node,
	);
	const workflow = withTools(chatGpt, tools);
	return await runWorkflow({
		items: numberedItems(1),
		...rest,
		workflow: memory ? withMemory(workflow, memory) : workflow,
		credentials: { chatGptApi: { apiKey: API_KEY, baseUrl: server.baseUrl, ...credential } },
	});
}

/** The error item of a run whose only item fails. */
export async function errorItemOf(server: Pick<FaultServer, 'baseUrl'>, run: ChatGptRun) {
	const { output, error } = await runChatGpt(server, { node: CONTINUE, ...run });
	expect(error).toBeUndefined();
	return output('ChatGPT')[0]?.json as { error: string; details: IDataObject };
}

/** The JSON of the only item that a run of the ChatGPT node gave; fails the test when there are more, or none. */
export function onlyItem({ output }: Pick<RunResult, 'output'>, outputIndex?: number): IDataObject {
	const items = output('ChatGPT', outputIndex);
	expect(items).toHaveLength(1);
	return items[0]!.json;
}

/** A caller who reads along: `onChunk` is for the run, the others tell what the caller got. */
export function readAlong() {
	const chunks: StructuredChunk[] = [];
	const pieces = () =>
		chunks.flatMap(({ type, content }) => (type === 'item' && content !== undefined ? [content] : []));
	return {
		onChunk: (chunk: StructuredChunk) => void chunks.push(chunk),
		chunks,
		/** Of the text, in the order in which they came. */
		pieces,
		text: () => pieces().join(''),
	};
}
