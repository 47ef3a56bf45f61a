import type { INodeProperties } from 'n8n-workflow';

/** A tool as the field Tools takes it. */
export const TOOLS_EXAMPLE =
	'[{"name": "get_weather", "description": "The weather in a city", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]';

/** Options for tools, be they connected or described. */
export const toolOptions: INodeProperties[] = [
	{
		displayName: 'Max Tool Rounds',
		name: 'maxToolRounds',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100 },
		default: 10,
		description:
			'How often the model may call the connected tools and go on with their results, before it has to answer without. Several calls at once are one round; each round is a request that you pay for. Unless added, ten times.',
	},
	{
		displayName: 'Parallel Tool Calls',
		name: 'parallelToolCalls',
		type: 'boolean',
		default: false,
		description: 'Whether the model may call several tools at once, which it may unless this is added',
	},
	{
		displayName: 'Tool Choice',
		name: 'toolChoice',
		type: 'options',
		options: [
			{ name: 'Auto', value: 'auto', description: 'The model decides' },
			{ name: 'None', value: 'none', description: 'The model has to answer without tools' },
			{ name: 'Required', value: 'required', description: 'The model has to begin with a call of a tool' },
		],
		default: 'auto',
		description:
			'Whether the model has to call a tool. For a certain one, use an expression that gives its name, such as get_weather.',
	},
	{
		displayName: 'Tools',
		name: 'tools',
		type: 'json',
		default: TOOLS_EXAMPLE,
		description:
			'Tools that the workflow itself provides, as a JSON list in the form of the API. The node does not run them: what the model calls comes out in the field "toolCalls". Tools that it is to run, connect as nodes.',
	},
];
