import {
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { watchDisconnect } from '../../host/caller/clientDisconnect';
import { inputs } from './inputs';
import { outputs } from './outputs';
import { description as chatDescription } from './resources/chat';
import { description as completionDescription } from './resources/completion';
import { description as modelDescription } from './resources/model';
import { description as moderationDescription } from './resources/moderation';
import { description as textDescription } from './resources/text';

export class ChatGpt implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'ChatGPT',
		name: 'chatGpt',
		icon: { light: 'file:../../icons/chatgpt.svg', dark: 'file:../../icons/chatgpt.dark.svg' },
		group: ['transform'],
		version: 1,
		// The model, or which ready job it is: the canvas has room for one word beside the memory. A parameter at its default
		// is not in the saved workflow, so each has it here again. (A literal, because n8n's lint rule reads no other.)
		subtitle:
			'={{ { completion: $parameter["completionModel"] || "gpt-3.5-turbo-instruct", model: "models", moderation: "moderation", text: ($parameter["operation"] || "classify").replace("analyzeS", "s") }[$parameter["resource"]] || $parameter["model"] || "gpt-4.1-mini" }}',
		description:
			'Chat, classify, extract, summarize and translate with ChatGPT or any OpenAI-compatible server, for many items at once',
		defaults: { name: 'ChatGPT' },
		usableAsTool: true,
		inputs,
		outputs,
		credentials: [{ name: 'chatGptApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Chat', value: 'chat', description: 'Messages of your own' },
					{ name: 'Completion', value: 'completion', description: 'Have an older model continue a text' },
					{ name: 'Model', value: 'model', description: 'See which models there are' },
					{ name: 'Moderation', value: 'moderation', description: 'Find out whether something is harmful' },
					{ name: 'Text', value: 'text', description: 'Ready jobs: classify, extract, summarize and so on' },
				],
				default: 'chat',
			},
			...chatDescription,
			...completionDescription,
			...modelDescription,
			...moderationDescription,
			...textDescription,
		],
	};

	// The runtime is a file of its own, loaded on first use: n8n loads every node when it starts, and the client is most of
	// this package.
	methods = {
		listSearch: {
			async searchModels(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
				const { searchModels } = await import('./runtime');
				return await searchModels.call(this, filter);
			},
			async searchCompletionModels(
				this: ILoadOptionsFunctions,
				filter?: string,
			): Promise<INodeListSearchResult> {
				const { searchModels } = await import('./runtime');
				return await searchModels.call(this, filter, 'completion');
			},
			async searchModerationModels(
				this: ILoadOptionsFunctions,
				filter?: string,
			): Promise<INodeListSearchResult> {
				const { searchModels } = await import('./runtime');
				return await searchModels.call(this, filter, 'moderation');
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { execute } = await import('./runtime');
		return await execute.call(this, watchDisconnect);
	}
}
