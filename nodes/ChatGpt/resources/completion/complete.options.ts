import type { INodeProperties } from 'n8n-workflow';
import { callOptions } from '../../../../host/parameters/callOptions';
import { outputOptions } from '../../../../host/parameters/outputOptions';
import { optionsField, pickOptions } from '../../../../host/parameters/pickOptions';
import { requestOptions } from '../../../../host/parameters/requestOptions.description';

/** Parameters that only this endpoint has; descriptions follow the API's documentation (openai 7.55, `completions.d.ts`). */
export const ownOptions: INodeProperties[] = [
	{
		displayName: 'Best Of',
		name: 'bestOf',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 20 },
		default: 1,
		description:
			'How many completions to write for each prompt, of which only the likeliest come out: as many as Number of Choices says. You pay for all of them, and they are not streamed.',
	},
	{
		displayName: 'Echo',
		name: 'echo',
		type: 'boolean',
		default: true,
		description: 'Whether to put the prompt in front of what the model writes',
	},
	{
		displayName: 'Log Probabilities',
		name: 'logprobsCount',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 5 },
		default: 0,
		description:
			'How many likely alternatives to return for each token besides the one chosen, from 0 to 5. At 0 only the chosen one is rated.',
	},
	{
		displayName: 'Suffix',
		name: 'suffix',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		description:
			'What comes after the text that the model writes, so that it fills the gap between the two. Only for gpt-3.5-turbo-instruct.',
	},
];

const sameAsChat = pickOptions(requestOptions, [
	...['extraBody', 'frequencyPenalty', 'logitBias', 'n', 'presencePenalty', 'seed', 'stop', 'topP', 'user'],
]);

const outputs = outputOptions.filter(({ name }) => name !== 'includeConversation');

export const optionsDescription = optionsField([...ownOptions, ...sameAsChat, ...callOptions, ...outputs]);
