import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { watchDisconnect } from '../../../host/caller/clientDisconnect';

/** A node beside ChatGPT: it asks the question of each item. */
export class Second implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Second',
		name: 'second',
		group: ['transform'],
		version: 1,
		description: 'Asks the question of each item',
		defaults: { name: 'Second' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'chatGptApi', required: true }],
		properties: [
			{ displayName: 'Resource', name: 'resource', type: 'hidden', default: 'chat' },
			{ displayName: 'Operation', name: 'operation', type: 'hidden', default: 'complete' },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { execute } = await import('./runtime');
		return await execute.call(this, watchDisconnect);
	}
}
