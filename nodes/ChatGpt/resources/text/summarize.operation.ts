import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['text'], operation: ['summarize'] } },
	[
		{
			displayName: 'Length',
			name: 'summaryLength',
			type: 'options',
			options: [
				{ name: 'Short', value: 'short', description: 'One sentence, or three bullet points' },
				{ name: 'Medium', value: 'medium', description: 'A paragraph, or five to seven bullet points' },
				{
					name: 'Long',
					value: 'long',
					description: 'Several paragraphs, or as many bullet points as it takes',
				},
				{ name: 'Custom', value: 'custom', description: 'About as many words as you say' },
			],
			default: 'medium',
		},
		{
			displayName: 'Number of Words',
			name: 'summaryWords',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 100_000 },
			default: 100,
			description: 'About how many words the summary may have. Models do not count exactly.',
			displayOptions: { show: { summaryLength: ['custom'] } },
		},
		{
			displayName: 'Format',
			name: 'summaryFormat',
			type: 'options',
			options: [
				{ name: 'Bullet Points', value: 'bullets' },
				{ name: 'Running Text', value: 'text' },
			],
			default: 'text',
		},
		{
			displayName: 'Language',
			name: 'summaryLanguage',
			type: 'string',
			default: '',
			placeholder: 'e.g. German',
			description: 'The language to summarize in. Leave empty for the language of the text.',
		},
		{
			displayName: 'Focus',
			name: 'summaryFocus',
			type: 'string',
			default: '',
			placeholder: 'e.g. What was decided, and who does what by when',
			description: 'What matters most to you. Leave empty for the main points.',
		},
	],
);
