import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { formOf, schemaDescription } from '../../../../host/parameters/responseFormat.description';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['text'], operation: ['extract'] } },
	[
		...schemaDescription.map((field) => {
			if (field.name === 'schemaSource') return { ...field, default: 'fields' };
			return field.name === 'schemaFields' ? formOf(false) : field;
		}),
		{
			displayName: 'Several per Text',
			name: 'severalRecords',
			type: 'boolean',
			default: false,
			description:
				'Whether a text may hold several records with these fields, such as the lines of an order. Each becomes an item of its own; a text without any gives no item. Usage and cost are in the first item of each text.',
		},
	],
);
