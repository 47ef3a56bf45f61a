import type { INodeProperties } from 'n8n-workflow';

/** What the API uses when no temperature is sent. */
export const API_DEFAULT_TEMPERATURE = 1;

// The fields that every operation has that makes a model write.

export const modelField = modelChoice({
	name: 'model',
	model: 'gpt-4.1-mini',
	searchListMethod: 'searchModels',
	description: 'The model that answers. On Azure the deployment decides; choose the model it was made of.',
});

/**
 * A field to choose a model with. Where another model is the usual one it needs another name: when the resource is
 * changed, the editor keeps the value of a field that both have.
 */
export function modelChoice({
	name,
	model,
	searchListMethod,
	description,
}: {
	name: string;
	/** The one to begin with. */
	model: string;
	/** The method of the node that fills the list. */
	searchListMethod: string;
	description: string;
}): INodeProperties {
	return {
		displayName: 'Model',
		name,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: model, cachedResultName: model },
		description,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			{ displayName: 'By ID', name: 'id', type: 'string', placeholder: `e.g. ${model}` },
		],
	};
}

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
