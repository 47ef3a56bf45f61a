import type { INodeProperties } from 'n8n-workflow';
import { modelChoice } from '../../shared/modelFields';
import { optionsField } from '../../shared/pickOptions';
import { plainCallOptions } from '../../shared/plainCall';
import { shownFor } from '../../shared/shownFor';

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
