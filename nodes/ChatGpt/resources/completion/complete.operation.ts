import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { maxTokensField, modelChoice, temperatureField } from '../../../../host/parameters/modelFields';
import { optionsDescription } from './complete.options';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['completion'], operation: ['complete'] } },
	[
		modelChoice({
			name: 'completionModel',
			model: 'gpt-3.5-turbo-instruct',
			searchListMethod: 'searchCompletionModels',
			description:
				'The model that continues the text: gpt-3.5-turbo-instruct, davinci-002 or babbage-002 of OpenAI, or a model of a server such as vLLM. Models for chats belong to the resource Chat.',
		}),
		{
			displayName: 'Prompts From',
			name: 'promptsSource',
			type: 'options',
			options: [
				{ name: 'Field Below', value: 'field', description: 'Write the prompt here: one per item' },
				{
					name: 'JSON List',
					value: 'json',
					description: 'Several prompts per item, answered by one request',
				},
			],
			default: 'field',
			description: 'Where the text to continue comes from',
		},
		{
			displayName: 'Prompt',
			name: 'prompt',
			type: 'string',
			typeOptions: { rows: 4 },
			required: true,
			default: '',
			placeholder: 'e.g. A tagline for an ice cream shop:',
			description: 'The text that the model continues',
			displayOptions: { show: { promptsSource: ['field'] } },
		},
		{
			displayName: 'Prompts (JSON)',
			name: 'promptsJson',
			type: 'json',
			required: true,
			default: '[]',
			placeholder: 'e.g. ["Roses are", "Violets are"]',
			description:
				'A list of texts. Each becomes an item of its own in the output, in this order; usage and cost, which are those of all, stand in the first.',
			displayOptions: { show: { promptsSource: ['json'] } },
		},
		temperatureField,
		{
			...maxTokensField,
			hint: 'At 0, OpenAI stops after 16 tokens',
			description:
				'The most tokens the model may add to each prompt, where 100 tokens are about 75 English words. At 0 nothing is sent, and OpenAI stops after 16 tokens, about 12 words.',
		},
		optionsDescription,
	],
);
