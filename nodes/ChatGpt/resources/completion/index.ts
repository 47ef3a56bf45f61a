import type { INodeProperties } from 'n8n-workflow';
import * as complete from './complete.operation';

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['completion'] } },
		options: [
			{
				name: 'Complete',
				value: 'complete',
				description: 'Send a text and get what comes after it',
				action: 'Complete a text with an older model',
			},
		],
		default: 'complete',
	},
	...complete.description,
];
