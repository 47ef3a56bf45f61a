import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { execute } from './execute';
import { searchModels } from './methods/searchModels';
import { description as chatDescription } from './resources/chat';

export class ChatGpt implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'ChatGPT',
		name: 'chatGpt',
		icon: { light: 'file:../../icons/chatgpt.svg', dark: 'file:../../icons/chatgpt.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + ($parameter["model"]["value"] || "no model") }}',
		description:
			'Ask ChatGPT, or any OpenAI-compatible server, once per item: many at a time, with retries, in order, with usage',
		defaults: { name: 'ChatGPT' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'chatGptApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [{ name: 'Chat', value: 'chat' }],
				default: 'chat',
			},
			...chatDescription,
		],
	};

	methods = { listSearch: { searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute.call(this);
	}
}
