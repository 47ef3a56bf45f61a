import type { INodeProperties } from 'n8n-workflow';
import { optionsField } from '../../../../host/parameters/pickOptions';
import { plainCallOptions } from '../../../../host/parameters/basicCallOptions';
import { shownFor } from '../../../../host/parameters/shownFor';

export const description: INodeProperties[] = shownFor(
	'model',
	['getAll'],
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
			options: [
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
			],
		},
		optionsField(plainCallOptions),
	],
);
