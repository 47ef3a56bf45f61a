import type { INodeProperties } from 'n8n-workflow';
import { callOptions } from '../../../../host/parameters/callOptions';
import { maxTokensField, temperatureField } from '../../../../host/parameters/modelFields';
import { outputOptions } from '../../../../host/parameters/outputOptions';
import { optionsField, pickOptions } from '../../../../host/parameters/pickOptions';
import { requestOptions } from '../../../../host/parameters/requestOptions.description';
import { jsonOptions } from '../../../../host/parameters/responseFormat.description';

export const textField: INodeProperties = {
	displayName: 'Text',
	name: 'text',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: '',
	placeholder: 'e.g. {{ $json.text }}',
	description:
		'The text to work on, mostly a field of each item by an expression. What it says is taken as data: instructions in it are not followed.',
};

/** The options that only tasks on a text have. */
export const textOptions: INodeProperties[] = [
	{
		displayName: 'Instructions',
		name: 'instructions',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'e.g. The texts are e-mails to a shop for lamps.',
		description:
			'What the model should know or heed besides, in your own words: where the texts come from, what words mean there, what matters to you',
	},
	{
		...temperatureField,
		default: 0,
		description:
			'How freely the model words its reply: 0 for the most likely words, 2 for the wildest. Unless added, the model uses its own default.',
	},
	{ ...maxTokensField, default: 1000 },
	{
		displayName: 'Return Detected Language',
		name: 'returnLanguage',
		type: 'boolean',
		default: true,
		description:
			'Whether to add a field "detectedLanguage", such as "fr". The reply then comes as JSON, and is passed on to a streaming caller only as a whole.',
		displayOptions: { show: { '/operation': ['translate'] } },
	},
	...pickOptions(jsonOptions, ['repairAttempts']).map((option) => ({
		...option,
		description:
			'How often the model is asked again when its reply cannot be used, for example because it names a category that is not on the list. It is told what is wrong; you pay for each time. Unless added, once.',
		displayOptions: { show: { '/operation': ['analyzeSentiment', 'classify', 'extract', 'translate'] } },
	})),
];

export const optionsDescription = optionsField([
	...textOptions,
	...pickOptions(requestOptions, ['extraBody', 'promptCacheKey', 'reasoningEffort', 'serviceTier']),
	...callOptions,
	...pickOptions(outputOptions, ['includeInputFields', 'outputField', 'simplify']),
]);
