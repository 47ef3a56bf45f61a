import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { modelChoice } from '../../../../host/parameters/modelFields';
import { optionsField } from '../../../../host/parameters/pickOptions';
import { basicCallOptions } from '../../../../host/parameters/basicCallOptions';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['model'], operation: ['get'] } },
	[
		modelChoice({
			name: 'modelId',
			model: 'gpt-4.1-mini',
			searchListMethod: 'searchModels',
			description: 'The model to look up',
		}),
		optionsField(basicCallOptions),
	],
);
