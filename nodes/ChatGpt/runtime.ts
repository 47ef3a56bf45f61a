/** All that the node needs only once it runs; bundled into a file of its own. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { watchDisconnect } from '../../host/caller/clientDisconnect';
import { execute as executeOperations } from '../../host/run/execute';
import { OPERATIONS } from './operations';

export { searchModels } from './methods/searchModels';

export async function execute(
	this: IExecuteFunctions,
	watch: typeof watchDisconnect,
): Promise<INodeExecutionData[][]> {
	return await executeOperations(this, OPERATIONS, watch);
}
