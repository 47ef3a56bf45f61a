import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { CHAT_ROLES, type ChatMessage, type ChatRequest } from '../../../../client/chatRequest';
import { InputProblem } from '../../shared/inputProblem';
import { checkChoice, checkNumber, checkText } from '../../shared/parameterChecks';
import { optionsDescription } from './complete.options';
import { requestOptions } from './requestOptions';

const displayOptions = { show: { resource: ['chat'], operation: ['complete'] } };

/** What the API uses when no temperature is sent. */
const API_DEFAULT_TEMPERATURE = 1;

export const description: INodeProperties[] = [
	{
		displayName: 'Model',
		name: 'model',
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: 'gpt-4.1-mini', cachedResultName: 'gpt-4.1-mini' },
		description: 'The model that answers. On Azure the deployment decides; choose the model it was made of.',
		displayOptions,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchModels', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. gpt-4.1-mini',
			},
		],
	},
	{
		displayName: 'Messages',
		name: 'messages',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Message',
		default: { values: [{ role: 'user', content: '' }] },
		description: 'The conversation so far, oldest message first',
		displayOptions,
		options: [
			{
				displayName: 'Message',
				name: 'values',
				values: [
					{
						displayName: 'Role',
						name: 'role',
						type: 'options',
						options: [
							{
								name: 'Assistant',
								value: 'assistant',
								description: 'An earlier reply of the model, or an example of one',
							},
							{
								name: 'Developer',
								value: 'developer',
								description: 'How to behave, for models that reason',
							},
							{ name: 'System', value: 'system', description: 'How to behave: role, tone, rules' },
							{ name: 'User', value: 'user', description: 'What you want to know or have done' },
						],
						default: 'user',
					},
					{
						displayName: 'Content',
						name: 'content',
						type: 'string',
						typeOptions: { rows: 4 },
						default: '',
						placeholder: 'e.g. Summarize this e-mail in two sentences: {{ $json.text }}',
					},
				],
			},
		],
	},
	{
		displayName: 'Temperature',
		name: 'temperature',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 2, numberPrecision: 2, numberStepSize: 0.1 },
		default: API_DEFAULT_TEMPERATURE,
		description:
			'How freely the model words its reply: 0 for the most likely words, 2 for the wildest. At 1 nothing is sent and the model uses its own default.',
		displayOptions,
	},
	{
		displayName: 'Maximum Tokens',
		name: 'maxTokens',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description:
			'The most tokens the reply may have, where 100 tokens are about 75 English words. Use 0 for no limit.',
		displayOptions,
	},
	{ ...optionsDescription, displayOptions },
];

/**
 * Builds the request of one item from its parameters. Only what the user set is in it.
 *
 * @throws {InputProblem} naming the parameter to correct.
 */
export function buildRequest(
	context: IExecuteFunctions,
	itemIndex: number,
	options: IDataObject,
): ChatRequest {
	const model = context.getNodeParameter('model', itemIndex, '', { extractValue: true });
	const modelId = checkText('Model', model ?? '').trim();
	if (!modelId) {
		throw new InputProblem('Model', 'No model is chosen', 'Choose a model from the list, or enter its ID');
	}
	const request: ChatRequest = {
		model: modelId,
		messages: readMessages(context.getNodeParameter('messages', itemIndex, {})),
	};
	const temperature = checkNumber(
		'Temperature',
		context.getNodeParameter('temperature', itemIndex, API_DEFAULT_TEMPERATURE),
		{
			min: 0,
			max: 2,
		},
	);
	if (temperature !== API_DEFAULT_TEMPERATURE) request.temperature = temperature;
	const maxTokens = checkNumber('Maximum Tokens', context.getNodeParameter('maxTokens', itemIndex, 0), {
		min: 0,
		whole: true,
	});
	if (maxTokens > 0) request.max_tokens = maxTokens;
	return { ...request, ...requestOptions(options) };
}

function readMessages(parameter: unknown): ChatMessage[] {
	const rows = (parameter as { values?: unknown } | null)?.values;
	const messages = (Array.isArray(rows) ? rows : []).map(readMessage);
	if (messages.length === 0) {
		throw new InputProblem('Messages', 'There is no message to send', 'Add a message with the role User');
	}
	return messages;
}

function readMessage(row: { role?: unknown; content?: unknown }, index: number): ChatMessage {
	const label = `Messages, message ${index + 1}`;
	const role = checkChoice(`${label}, Role`, row.role, CHAT_ROLES);
	const { content } = row;
	// Expressions often give a number, or an object to be read by the model as JSON.
	const text = typeof content === 'string' ? content : content == null ? '' : textOf(content);
	if (!text.trim()) {
		throw new InputProblem(
			label,
			`Message ${index + 1} (${role}) is empty`,
			'Write its content, or check that the expression in it gives a text for this item',
		);
	}
	return { role, content: text };
}

function textOf(content: unknown): string {
	const json = JSON.stringify(content);
	// A date is a string in JSON, and its quotes would be part of the message.
	return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
