import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { InputProblem } from './inputProblem';
import { OptionReader } from './readField';
import { spreadJsonOption } from './responseFormat.description';

/** Options on what an output item looks like; the same for every operation. */
export const outputOptions: INodeProperties[] = [
	{
		displayName: 'Choices as Items',
		name: 'choicesAsItems',
		type: 'boolean',
		default: true,
		description:
			'Whether each of several choices becomes an item of its own, instead of a place in the list "choices" of one item. Usage and cost, which are those of all, stand in the first. Not with Simplify off.',
	},
	{
		displayName: 'Include Conversation',
		name: 'includeConversation',
		type: 'boolean',
		default: true,
		description:
			'Whether to add a field "conversation" with all messages and the reply, to store it or to continue it with Messages From set to JSON. Pictures and files are in it, too.',
	},
	{
		displayName: 'Include Input Fields',
		name: 'includeInputFields',
		type: 'boolean',
		default: false,
		description:
			'Whether to keep the fields of the input item next to the reply. If both have a field of the same name, the reply wins, except that an ID stays that of the input; use Output Field to keep both.',
	},
	{
		displayName: 'Output Field',
		name: 'outputField',
		type: 'string',
		default: '',
		placeholder: 'e.g. reply',
		description:
			'The name of a field to put the whole result in. Leave empty to put it at the top of the item.',
	},
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
];

export interface OutputShape {
	simplify: boolean;
	includeInputFields: boolean;
	includeConversation: boolean;
	choicesAsItems: boolean;
	/** Whether the fields of a reply in JSON take the place of its field `json`. */
	spreadJson: boolean;
	/** Empty puts the result at the top of the item. */
	outputField: string;
}

/** @throws {InputProblem} naming the option to correct. */
export function readOutputShape(options: IDataObject): OutputShape {
	const option = new OptionReader(options, [...outputOptions, spreadJsonOption]);
	return {
		simplify: option.boolean('simplify') ?? true,
		includeInputFields: option.boolean('includeInputFields') ?? false,
		includeConversation: option.boolean('includeConversation') ?? false,
		choicesAsItems: option.boolean('choicesAsItems') ?? false,
		spreadJson: option.boolean('spreadJson') ?? false,
		outputField: checkOutputField(option.text('outputField') ?? ''),
	};
}

function checkOutputField(name: string): string {
	if (name === 'error' || name === '__proto__') {
		throw new InputProblem(
			'Output Field',
			`Output Field may not be "${name}", which n8n keeps for itself`,
			'Enter another name, such as reply',
		);
	}
	return name;
}
