import type { INodeProperties } from 'n8n-workflow';
import { modelChoice } from '../../../../host/parameters/modelFields';
import { optionsField } from '../../../../host/parameters/pickOptions';
import { plainCallOptions } from '../../../../host/parameters/basicCallOptions';
import { shownFor } from '../../../../host/parameters/shownFor';

export const description: INodeProperties[] = shownFor(
	'model',
	['get'],
	[
		modelChoice({
			name: 'modelId',
			model: 'gpt-4.1-mini',
			searchListMethod: 'searchModels',
			description: 'The model to look up',
		}),
		optionsField(plainCallOptions),
	],
);
