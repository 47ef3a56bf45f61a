import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['text'], operation: ['translate'] } },
	[
		{
			displayName: 'Target Language',
			name: 'targetLanguage',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. French, or Portuguese (Brazil)',
			description: 'The language to translate into, by its name or a code such as fr',
		},
		{
			displayName: 'Source Language',
			name: 'sourceLanguage',
			type: 'string',
			default: '',
			placeholder: 'e.g. English',
			description: 'The language of the text. Leave empty to let the model find out.',
		},
		{
			displayName: 'Tone',
			name: 'tone',
			type: 'options',
			options: [
				{ name: 'As in the Text', value: 'same' },
				{ name: 'Formal', value: 'formal', description: 'Such as Sie in German and vous in French' },
				{ name: 'Informal', value: 'informal', description: 'Such as du in German and tu in French' },
			],
			default: 'same',
		},
		{
			displayName: 'Glossary',
			name: 'glossary',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, sortable: true },
			placeholder: 'Add Term',
			default: {},
			description: 'Words that are always to be translated in the same way, or not at all',
			options: [
				{
					displayName: 'Term',
					name: 'values',
					values: [
						{
							displayName: 'Term',
							name: 'term',
							type: 'string',
							default: '',
							placeholder: 'e.g. invoice',
						},
						{
							displayName: 'Translation',
							name: 'translation',
							type: 'string',
							default: '',
							placeholder: 'e.g. Rechnung',
							description: 'Leave empty to keep the term as it is',
						},
					],
				},
			],
		},
	],
);
