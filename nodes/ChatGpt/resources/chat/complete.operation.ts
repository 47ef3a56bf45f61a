import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { maxTokensField, modelField, temperatureField } from '../../../../host/parameters/modelFields';
import { responseFormatDescription } from '../../../../host/parameters/responseFormat.description';
import { optionsDescription } from './complete.options';
import { messagesDescription } from './messages.description';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['chat'], operation: ['complete'] } },
	[
		modelField,
		...messagesDescription,
		...responseFormatDescription,
		temperatureField,
		maxTokensField,
		optionsDescription,
	],
);
