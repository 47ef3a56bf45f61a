import type { IDataObject, INodeExecutionData, ITaskData } from 'n8n-workflow';
import type { Execution } from '../../../playground/n8nApi';

/** How the only run of a node went; fails the test when the execution did not reach the node. */
export function nodeRun({ data }: Execution, node = 'ChatGPT'): ITaskData {
	const [run] = data.resultData.runData[node] ?? [];
	if (!run) throw new Error(`The execution did not reach ${node}`);
	return run;
}

/** The items of each output of a node. */
export function nodeOutputs(execution: Execution, node?: string): INodeExecutionData[][] {
	return (nodeRun(execution, node).data?.main ?? []).map((items) => items ?? []);
}

/** The JSON of the only item that the node ChatGPT gave; fails the test when there are more, or none. */
export function onlyItemIn(execution: Execution): IDataObject {
	const [items] = nodeOutputs(execution);
	expect(items).toHaveLength(1);
	return items![0]!.json;
}

/** The error that ended an execution; fails the test when none did. */
export function errorIn({ data }: Execution) {
	const { error } = data.resultData;
	if (!error) throw new Error('The execution ended without an error');
	return error;
}
