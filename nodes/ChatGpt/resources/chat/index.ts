import type { INodeProperties } from 'n8n-workflow';
import * as complete from './complete.operation';

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['chat'] } },
		options: [
			{
				name: 'Complete',
				value: 'complete',
				description: 'Send messages and get the reply',
				action: 'Complete a chat',
			},
		],
		default: 'complete',
	},
	...complete.description,
];
