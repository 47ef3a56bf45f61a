import type { INodeProperties } from 'n8n-workflow';

/** Parameters of the API's own; descriptions follow the API's documentation (openai 7.55, `completions.d.ts`). */
export const requestOptions: INodeProperties[] = [
	{
		displayName: 'Extra Body',
		name: 'extraBody',
		type: 'json',
		default: '{}',
		description:
			'More parameters for the API as a JSON object, for what this node has no field for. They win over the fields.',
	},
	{
		displayName: 'Frequency Penalty',
		name: 'frequencyPenalty',
		type: 'number',
		typeOptions: { minValue: -2, maxValue: 2, numberPrecision: 2, numberStepSize: 0.1 },
		default: 0,
		description: 'How strongly to avoid words the more often they were used already, from -2 to 2',
	},
	{
		displayName: 'Log Probabilities',
		name: 'logprobs',
		type: 'boolean',
		default: false,
		description: 'Whether to return how likely each token of the reply was',
	},
	{
		displayName: 'Logit Bias',
		name: 'logitBias',
		type: 'json',
		default: '{}',
		description:
			'How much more or less likely single tokens become, as a JSON object from token ID to -100…100',
	},
	{
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Entry',
		default: {},
		description:
			'Up to 16 notes that OpenAI keeps with a completion, to find it by later. Turn on Store, too.',
		options: [
			{
				displayName: 'Entry',
				name: 'values',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. customer' },
					{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'e.g. 4711' },
				],
			},
		],
	},
	{
		displayName: 'Number of Choices',
		name: 'n',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 128 },
		default: 1,
		description:
			'How many replies to write per item; you pay for all of them. With more than one, the field "choices" lists them, or Choices as Items makes an item of each.',
	},
	{
		displayName: 'Presence Penalty',
		name: 'presencePenalty',
		type: 'number',
		typeOptions: { minValue: -2, maxValue: 2, numberPrecision: 2, numberStepSize: 0.1 },
		default: 0,
		description: 'How strongly to avoid words that were used already at all, from -2 to 2',
	},
	{
		displayName: 'Prompt Cache Key',
		name: 'promptCacheKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice-prompt',
		description:
			'A name shared by requests that begin alike, which makes it likelier that OpenAI bills the beginning at the lower cached price',
	},
	{
		displayName: 'Reasoning Effort',
		name: 'reasoningEffort',
		type: 'options',
		options: [
			{ name: 'High', value: 'high' },
			{ name: 'Low', value: 'low' },
			{ name: 'Max', value: 'max' },
			{ name: 'Medium', value: 'medium' },
			{ name: 'Minimal', value: 'minimal' },
			{ name: 'None', value: 'none' },
			{ name: 'XHigh', value: 'xhigh' },
		],
		default: 'medium',
		description:
			'How long a reasoning model thinks before it answers. Less is faster and cheaper; not every model takes every value.',
	},
	{
		displayName: 'Seed',
		name: 'seed',
		type: 'number',
		default: 0,
		description: 'A number that makes the model try to give the same reply to the same messages',
	},
	{
		displayName: 'Service Tier',
		name: 'serviceTier',
		type: 'options',
		options: [
			{ name: 'Auto', value: 'auto', description: 'As set for the project of the key' },
			{ name: 'Default', value: 'default', description: 'The standard price and speed' },
			{ name: 'Fast', value: 'fast', description: 'Faster, at a higher price' },
			{ name: 'Flex', value: 'flex', description: 'Cheaper and slower; raise Timeout (Seconds) to 900' },
			{ name: 'Priority', value: 'priority', description: 'Faster and steadier, at a higher price' },
			{ name: 'Scale', value: 'scale', description: 'Capacity bought in advance' },
		],
		default: 'auto',
		description: 'Which kind of processing to use, where the provider has several',
	},
	{
		displayName: 'Stop Sequences',
		name: 'stop',
		type: 'string',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Stop Sequence' },
		// The value of one row: the editor makes a list of them.
		default: '',
		placeholder: 'e.g. END',
		description: 'Up to 4 texts at which the reply ends; they are not part of it',
	},
	{
		displayName: 'Store',
		name: 'store',
		type: 'boolean',
		default: false,
		description:
			'Whether OpenAI keeps the completion, so that you can look at it on its website or use it for distillation and evals',
	},
	{
		displayName: 'Top Log Probabilities',
		name: 'topLogprobs',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 20 },
		default: 0,
		description:
			'How many likely alternatives to return for each token, from 0 to 20; turns Log Probabilities on',
	},
	{
		displayName: 'Top P',
		name: 'topP',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2, numberStepSize: 0.05 },
		default: 1,
		description:
			'The share of likely words to choose from: 0.1 means the likeliest 10 %. Change this or Temperature, not both.',
	},
	{
		displayName: 'User',
		name: 'user',
		type: 'string',
		default: '',
		placeholder: 'e.g. customer-4711',
		description:
			'An ID of the person the request is made for, which helps OpenAI to detect abuse; not a name or e-mail',
	},
	{
		displayName: 'Verbosity',
		name: 'verbosity',
		type: 'options',
		options: [
			{ name: 'Low', value: 'low' },
			{ name: 'Medium', value: 'medium' },
			{ name: 'High', value: 'high' },
		],
		default: 'medium',
		description: 'How detailed the reply is, for gpt-5 and later',
	},
];
