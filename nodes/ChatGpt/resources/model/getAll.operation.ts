import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { optionsField } from '../../../../host/parameters/pickOptions';
import { basicCallOptions } from '../../../../host/parameters/basicCallOptions';

export const filterOptions: INodeProperties[] = [
	{
		displayName: 'ID Contains',
		name: 'idContains',
		type: 'string',
		default: '',
		placeholder: 'e.g. mini',
		description: 'A part of the ID, in capitals or not',
	},
	{
		displayName: 'Only Models That Chat',
		name: 'onlyChat',
		type: 'boolean',
		default: true,
		description:
			'Whether to leave out models for other tasks, such as pictures, speech and embeddings, as far as their names tell',
	},
];

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['model'], operation: ['getAll'] } },
	[
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			description: 'Max number of results to return',
			displayOptions: { show: { returnAll: [false] } },
		},
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: filterOptions,
		},
		optionsField(basicCallOptions),
	],
);
