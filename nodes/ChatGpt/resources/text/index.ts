import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { modelField } from '../../../../host/parameters/modelFields';
import * as analyzeSentiment from './analyzeSentiment.operation';
import * as classify from './classify.operation';
import * as extract from './extract.operation';
import * as summarize from './summarize.operation';
import { optionsDescription, textField } from './text.fields';
import * as translate from './translate.operation';

const ALL = ['analyzeSentiment', 'classify', 'extract', 'summarize', 'translate'];

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['text'] } },
		options: [
			{
				name: 'Analyze Sentiment',
				value: 'analyzeSentiment',
				description: 'Say whether a text is positive, neutral or negative',
				action: 'Analyze the sentiment of a text',
			},
			{
				name: 'Classify',
				value: 'classify',
				description: 'Sort a text into categories of yours',
				action: 'Classify a text',
			},
			{
				name: 'Extract',
				value: 'extract',
				description: 'Take fields such as names and amounts out of a text',
				action: 'Extract fields from a text',
			},
			{
				name: 'Summarize',
				value: 'summarize',
				description: 'Say in fewer words what a text says',
				action: 'Summarize a text',
			},
			{
				name: 'Translate',
				value: 'translate',
				description: 'Put a text into another language',
				action: 'Translate a text',
			},
		],
		default: 'classify',
	},
	...updateDisplayOptions({ show: { resource: ['text'], operation: ALL } }, [modelField, textField]),
	...classify.description,
	...extract.description,
	...summarize.description,
	...translate.description,
	...analyzeSentiment.description,
	...updateDisplayOptions({ show: { resource: ['text'], operation: ALL } }, [optionsDescription]),
];
