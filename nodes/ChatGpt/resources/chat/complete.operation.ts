import type { INodeProperties } from 'n8n-workflow';
import { maxTokensField, modelField, temperatureField } from '../../shared/modelFields';
import { responseFormatDescription } from '../../shared/responseFormat.description';
import { shownFor } from '../../shared/shownFor';
import { optionsDescription } from './complete.options';
import { messagesDescription } from './messages.description';

export const description: INodeProperties[] = shownFor(
	'chat',
	['complete'],
	[
		modelField,
		...messagesDescription,
		...responseFormatDescription,
		temperatureField,
		maxTokensField,
		optionsDescription,
	],
);
