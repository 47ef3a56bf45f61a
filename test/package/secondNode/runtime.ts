import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { watchDisconnect } from '../../../host/caller/clientDisconnect';
import { askModel } from '../../../host/run/askModel';
import { execute as executeOperations } from '../../../host/run/execute';
import type { OperationHandler } from '../../../host/run/operation';

/** The ChatGPT node with Cache Replies sends the same for the question. */
const complete: OperationHandler = async (item) => {
	const { input, itemIndex } = item;
	const messages = [{ role: 'user', content: input.json.question as string }];
	const request = { model: 'gpt-4.1-mini', messages };
	const options: IDataObject = { cacheReplies: 60 };
	const { choices, cached = false } = await askModel({ ...item, options }, { request });
	return { items: [{ json: { text: choices[0].text, cached }, pairedItem: itemIndex }] };
};

export async function execute(
	this: IExecuteFunctions,
	watch: typeof watchDisconnect,
): Promise<INodeExecutionData[][]> {
	return await executeOperations(this, { chat: { complete } }, watch);
}
