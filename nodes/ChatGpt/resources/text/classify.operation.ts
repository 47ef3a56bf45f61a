import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['text'], operation: ['classify'] } },
	[
		{
			displayName: 'Categories From',
			name: 'categoriesSource',
			type: 'options',
			options: [
				{ name: 'Fields Below', value: 'fields', description: 'The same list for all items' },
				{ name: 'JSON', value: 'json', description: 'A list that comes from your data' },
			],
			default: 'fields',
		},
		{
			displayName: 'Categories',
			name: 'categories',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, sortable: true },
			placeholder: 'Add Category',
			default: {
				values: [
					{ name: '', description: '' },
					{ name: '', description: '' },
				],
			},
			displayOptions: { show: { categoriesSource: ['fields'] } },
			options: [
				{
					displayName: 'Category',
					name: 'values',
					values: [
						{
							displayName: 'Name',
							name: 'name',
							type: 'string',
							default: '',
							placeholder: 'e.g. Billing',
							description: 'What comes out, written exactly like this',
						},
						{
							displayName: 'Description',
							name: 'description',
							type: 'string',
							default: '',
							placeholder: 'e.g. Invoices, payments and refunds',
							description: 'What belongs into it, said to the model. Leave empty if the name says it all.',
						},
					],
				},
			],
		},
		{
			displayName: 'Categories (JSON)',
			name: 'categoriesJson',
			type: 'json',
			default: '["Billing", "Technical", "Other"]',
			description:
				'A list of names, or of objects with a name and a description, such as {"name": "Billing", "description": "Invoices, refunds"}',
			displayOptions: { show: { categoriesSource: ['json'] } },
		},
		{
			displayName: 'Allow Several Categories',
			name: 'severalCategories',
			type: 'boolean',
			default: false,
			description:
				'Whether a text may belong to more than one category. The output then has a list in the field "categories" instead of the field "category".',
		},
		{
			displayName: 'If No Category Fits',
			name: 'noCategory',
			type: 'options',
			options: [
				{ name: 'Choose the Nearest', value: 'nearest', description: 'Every text gets a category' },
				{
					name: 'Return None',
					value: 'none',
					description: 'The category is then null, or the list of categories empty',
				},
			],
			default: 'nearest',
		},
		{
			displayName: 'Include Confidence',
			name: 'includeConfidence',
			type: 'boolean',
			default: false,
			description:
				'Whether to add a field "confidence" from 0 to 1. It is how sure the model says it is, which is an estimate and not a probability.',
		},
		{
			displayName: 'One Output per Category',
			name: 'outputPerCategory',
			type: 'boolean',
			noDataExpression: true,
			default: false,
			description:
				'Whether the node gets one output for each category, in their order, so that no Switch node is needed. With several categories an item leaves through the output of each.',
			displayOptions: { show: { categoriesSource: ['fields'] } },
		},
	],
);
