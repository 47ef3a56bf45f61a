import type { INodeProperties } from 'n8n-workflow';
import * as check from './check.operation';

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['moderation'] } },
		options: [
			{
				name: 'Check',
				value: 'check',
				description: 'Find out whether a text or image is harmful',
				action: 'Check a text or image',
			},
		],
		default: 'check',
	},
	...check.description,
];
