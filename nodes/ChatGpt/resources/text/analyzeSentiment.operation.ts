import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['text'], operation: ['analyzeSentiment'] } },
	[
		{
			displayName: 'Sentiments',
			name: 'sentiments',
			type: 'string',
			default: 'positive, neutral, negative',
			description:
				'What to choose from, separated by commas. Any words will do, such as "angry, worried, content, delighted".',
		},
		{
			displayName: 'Include Score',
			name: 'includeScore',
			type: 'boolean',
			default: true,
			description:
				'Whether to add a field "score", from -1 (as negative as can be) over 0 to 1 (as positive as can be). It is the estimate of the model.',
		},
	],
);
