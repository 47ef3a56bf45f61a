import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

/** One field of a reply, described in a form. */
const fieldOfForm: INodeProperties[] = [
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'e.g. dueDate',
		description: 'What the field is called in the output; short and telling, since the model reads it, too',
	},
	{
		displayName: 'Type',
		name: 'type',
		type: 'options',
		options: [
			{ name: 'Date', value: 'date' },
			{ name: 'List of Numbers', value: 'numbers' },
			{ name: 'List of Texts', value: 'strings' },
			{ name: 'Number', value: 'number' },
			{ name: 'One of Several Values', value: 'choice' },
			{ name: 'Some of Several Values', value: 'choices' },
			{ name: 'Text', value: 'string' },
			{ name: 'Whole Number', value: 'integer' },
			{ name: 'Yes or No', value: 'boolean' },
		],
		default: 'string',
	},
	{
		displayName: 'Values',
		name: 'values',
		type: 'string',
		default: '',
		placeholder: 'e.g. low, medium, high',
		description: 'The values to choose from, separated by commas',
		displayOptions: { show: { type: ['choice', 'choices'] } },
	},
	{
		displayName: 'Description',
		name: 'description',
		type: 'string',
		default: '',
		placeholder: 'e.g. The day by which the invoice has to be paid',
		description: 'What the field is to hold, said to the model',
	},
	{
		displayName: 'Required',
		name: 'required',
		type: 'boolean',
		default: true,
		description:
			'Whether there has to be a value. If not, the field is null where the model finds none, instead of something made up.',
	},
];

/** The form that defines fields, which are required unless the user says otherwise, or the other way round. */
export const formOf = (isRequired: boolean): INodeProperties => ({
	displayName: 'Fields',
	name: 'schemaFields',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: 'Add Field',
	default: { values: [{ name: '', type: 'string', description: '', required: isRequired }] },
	displayOptions: { show: { schemaSource: ['fields'] } },
	options: [
		{
			displayName: 'Field',
			name: 'values',
			values: fieldOfForm.map((field) =>
				field.name === 'required' ? { ...field, default: isRequired } : field,
			),
		},
	],
});

/** The fields of a reply: by an example, a form, or a schema. */
export const schemaDescription: INodeProperties[] = [
	{
		displayName: 'Define Fields By',
		name: 'schemaSource',
		type: 'options',
		options: [
			{ name: 'Example', value: 'example', description: 'Show what the JSON is to look like' },
			{ name: 'Form', value: 'fields', description: 'List the fields, with their types and what they mean' },
			{ name: 'JSON Schema', value: 'schema', description: 'For nested data and rules of its own' },
		],
		default: 'example',
	},
	{
		displayName: 'Example',
		name: 'schemaExample',
		type: 'json',
		default: '{\n  "name": "Ada Example",\n  "age": 36,\n  "languages": ["English", "French"]\n}',
		description:
			'A JSON object as you want it back, with made-up values: the reply gets the same fields with values of the same kind',
		displayOptions: { show: { schemaSource: ['example'] } },
	},
	formOf(true),
	{
		displayName: 'Schema',
		name: 'schemaJson',
		type: 'json',
		default:
			'{\n  "type": "object",\n  "properties": {\n    "name": { "type": "string" }\n  },\n  "required": ["name"],\n  "additionalProperties": false\n}',
		description: 'A JSON Schema, which says what the reply has to be',
		displayOptions: { show: { schemaSource: ['schema'] } },
	},
	{
		displayName: 'Strict',
		name: 'schemaStrict',
		type: 'boolean',
		default: true,
		description:
			'Whether the API has to keep to the schema. It then allows less in a schema, and the node says what is to be changed. The reply is checked in any case.',
	},
];

/** Whether the reply is a text or JSON, and which JSON. */
export const responseFormatDescription: INodeProperties[] = [
	{
		displayName: 'Response Format',
		name: 'responseFormat',
		type: 'options',
		options: [
			{ name: 'Text', value: 'text', description: 'Whatever the model writes' },
			{
				name: 'JSON Object',
				value: 'jsonObject',
				description: 'A JSON object whose fields you name in the messages',
			},
			{
				name: 'JSON Schema',
				value: 'jsonSchema',
				description: 'A JSON object with the fields you define below, checked before it comes out',
			},
		],
		default: 'text',
		description: 'What the reply is to be. JSON comes out in a field of its own, ready for the next node.',
	},
	...updateDisplayOptions({ show: { responseFormat: ['jsonSchema'] } }, schemaDescription),
];

export const spreadJsonOption: INodeProperties = {
	displayName: 'Spread JSON Fields',
	name: 'spreadJson',
	type: 'boolean',
	default: true,
	description:
		'Whether the fields of the JSON become fields of the item itself, instead of staying together in one field. If the item has a field of the same name, that of the JSON wins.',
	displayOptions: { show: { '/responseFormat': ['jsonObject', 'jsonSchema'] } },
};

/** Options for replies in JSON. */
export const jsonOptions: INodeProperties[] = [
	{
		displayName: 'Repair Attempts',
		name: 'repairAttempts',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 10 },
		default: 1,
		description:
			'How often the model is asked again when its reply is no JSON or not as the schema says. It is told what is wrong; you pay for each time. Unless added, once.',
		displayOptions: { show: { '/responseFormat': ['jsonObject', 'jsonSchema'] } },
	},
	{
		displayName: 'Schema Description',
		name: 'schemaDescription',
		type: 'string',
		default: '',
		placeholder: 'e.g. The facts of an invoice',
		description: 'What the JSON is for, said to the model',
		displayOptions: { show: { '/responseFormat': ['jsonSchema'] } },
	},
	{
		displayName: 'Schema Name',
		name: 'schemaName',
		type: 'string',
		default: 'response',
		placeholder: 'e.g. invoice',
		description: 'What the JSON is called, said to the model: letters, digits, _ and -, at most 64',
		displayOptions: { show: { '/responseFormat': ['jsonSchema'] } },
	},
	spreadJsonOption,
];
