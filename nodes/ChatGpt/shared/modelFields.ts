import type { INodeProperties } from 'n8n-workflow';

/** What the API uses when no temperature is sent. */
export const API_DEFAULT_TEMPERATURE = 1;

// The fields that every operation has that makes a model write.

export const modelField: INodeProperties = {
	displayName: 'Model',
	name: 'model',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: 'gpt-4.1-mini', cachedResultName: 'gpt-4.1-mini' },
	description: 'The model that answers. On Azure the deployment decides; choose the model it was made of.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchModels', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. gpt-4.1-mini',
		},
	],
};

export const temperatureField: INodeProperties = {
	displayName: 'Temperature',
	name: 'temperature',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 2, numberPrecision: 2, numberStepSize: 0.1 },
	default: API_DEFAULT_TEMPERATURE,
	description:
		'How freely the model words its reply: 0 for the most likely words, 2 for the wildest. At 1 nothing is sent and the model uses its own default.',
};

export const maxTokensField: INodeProperties = {
	displayName: 'Maximum Tokens',
	name: 'maxTokens',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description:
		'The most tokens the reply may have, where 100 tokens are about 75 English words. Use 0 for no limit.',
};
