import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { parseJson } from '../../../../client/core/json';
import { isObject, schemaProblem } from '../../../../client/structured/jsonSchema';
import { strictProblems } from '../../../../client/structured/strictSchema';
import {
	definitionOf,
	offeredTools,
	TOOL_NAME,
	type CallableTool,
	type FunctionTool,
} from '../../../../client/tools/tools';
import { InputProblem, shown } from '../../../../host/parameters/inputProblem';
import { checkBoolean, checkNumber, checkText } from '../../../../host/parameters/parameterChecks';

type Parameters = Record<string, unknown>;

const EXAMPLE =
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
		default: EXAMPLE,
		description:
			'Tools that the workflow itself provides, as a JSON list in the form of the API. The node does not run them: what the model calls comes out in the field "toolCalls". Tools that it is to run, connect as nodes.',
	},
];

/** In how many rounds connected tools may be called. */
export function readMaxToolRounds({ maxToolRounds = 10 }: IDataObject): number {
	return checkNumber('Max Tool Rounds', maxToolRounds, { min: 1, max: 100, whole: true });
}

/** The API parameters of the options above, as far as they need not know of connected tools. */
export function readTools({ tools }: IDataObject): { tools?: FunctionTool[] } {
	const definitions = tools === undefined ? [] : rememberedDefinitions(tools);
	return definitions.length > 0 ? { tools: definitions } : {};
}

/**
 * Adds the connected tools to a request, and what the options say about the use of tools.
 *
 * @throws {InputProblem} when a name is given twice, or an option needs tools that are not there.
 */
export function withTools<T extends Parameters & { model: string }>(
	request: T,
	connected: CallableTool[],
	{ toolChoice, parallelToolCalls }: IDataObject,
): T {
	const offered = offeredTools(request);
	for (const { name } of connected) {
		if (offered.has(name)) {
			throw new InputProblem(
				'Tool',
				`There are two tools named ${name}`,
				'Rename one of the tool nodes, or the tool in the option Tools',
			);
		}
		offered.set(name, undefined);
	}
	if (connected.length > 0 && Number(request.n) > 1) {
		throw new InputProblem(
			'Number of Choices',
			'Number of Choices must be 1 when tools are connected, since each choice might call others',
			'Remove the option Number of Choices, or disconnect the tools',
		);
	}
	const given = Array.isArray(request.tools) ? (request.tools as unknown[]) : [];
	const choice = toolChoice === undefined ? undefined : readChoice(toolChoice, [...offered.keys()]);
	if (parallelToolCalls !== undefined) needTools('Parallel Tool Calls', offered.size);
	return {
		...(choice !== undefined && { tool_choice: choice }),
		...(parallelToolCalls !== undefined && {
			parallel_tool_calls: checkBoolean('Parallel Tool Calls', parallelToolCalls),
		}),
		...request,
		...(connected.length > 0 && { tools: [...given, ...connected.map(definitionOf)] }),
	};
}

function readChoice(given: unknown, names: string[]): unknown {
	const choice = checkText('Tool Choice', given).trim();
	needTools('Tool Choice', names.length);
	if (['auto', 'none', 'required'].includes(choice)) return choice;
	if (names.includes(choice)) return { type: 'function', function: { name: choice } };
	throw new InputProblem(
		'Tool Choice',
		`There is no tool named ${shown(choice)}; there are ${names.join(', ')}`,
		'Choose Auto, None or Required, or correct the expression so that it gives the name of a tool',
	);
}

function needTools(label: string, count: number): void {
	if (count > 0) return;
	throw new InputProblem(
		label,
		`${label} is set, but there are no tools`,
		`Connect a tool, describe one in the option Tools, or remove the option ${label}`,
	);
}

let last: { id: string; definitions: FunctionTool[] } | undefined;

/** Mostly all items have the same tools, which are then read and checked once. */
function rememberedDefinitions(given: unknown): FunctionTool[] {
	const id = JSON.stringify(given);
	if (last?.id !== id) last = { id, definitions: readDefinitions(given) };
	return last.definitions;
}

function readDefinitions(given: unknown): FunctionTool[] {
	if (typeof given === 'string' && !given.trim()) return [];
	const list = typeof given === 'string' ? parseJson(given) : given;
	if (!Array.isArray(list)) throw problem('Tools', `must be a JSON list of tools, but is ${shown(given)}`);
	const definitions = list.map((tool, index) => readDefinition(tool, `Tools, tool ${index + 1}`));
	const names = definitions.map((tool) => tool.function.name);
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined) throw problem('Tools', `has two tools named ${twice}`, 'Rename one of them');
	return definitions;
}

function readDefinition(given: unknown, label: string): FunctionTool {
	const wrapped = isObject(given) && given.type === 'function' && isObject(given.function);
	const described = wrapped ? given.function : given;
	if (!isObject(described)) throw problem(label, `must be an object, but is ${shown(given)}`);
	const { type, ...bare } = described;
	if (!wrapped && type !== undefined && type !== 'function') {
		throw problem(
			label,
			`is of the type ${shown(type)}, but only functions can be described here`,
			'Describe a function, or put the tool into "tools" of the option Extra Body if the server knows it',
		);
	}
	const { name, description, parameters } = described;
	if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
		throw problem(
			label,
			`needs a "name" of at most 64 letters, digits, _ and -, but has ${name === undefined ? 'none' : shown(name)}`,
			'Write a name such as get_weather, without spaces and umlauts',
		);
	}
	if (description !== undefined && typeof description !== 'string') {
		throw problem(label, `(${name}) has a "description" that is no text, but ${shown(description)}`);
	}
	const misnamed = ['input_schema', 'inputSchema'].find((key) => key in described);
	if (misnamed !== undefined) {
		throw problem(
			label,
			`(${name}) has "${misnamed}", which this API calls "parameters"`,
			`Rename it to "parameters"`,
		);
	}
	if (parameters !== undefined) checkParameters(parameters, described.strict === true, `${label} (${name})`);
	return {
		...(wrapped && given),
		type: 'function',
		function: { ...(wrapped ? described : bare), name, description },
	};
}

function checkParameters(parameters: unknown, strict: boolean, label: string): void {
	if (!isObject(parameters)) {
		throw problem(label, `has "parameters" that are no JSON Schema, but ${shown(parameters)}`);
	}
	const found = schemaProblem(parameters) ?? (strict ? strictProblems(parameters)[0] : undefined);
	if (!found && 'type' in parameters && parameters.type !== 'object') {
		throw problem(
			label,
			`has "parameters" of the type ${shown(parameters.type)}, but arguments are always an object`,
		);
	}
	if (!found) return;
	const { path, problem: what } = found;
	throw problem(
		label,
		`has "parameters" in which ${path || 'the schema'} ${what}`,
		strict ? `${found.fix}, or remove "strict"` : 'Correct this part of the JSON Schema',
	);
}

function problem(label: string, what: string, hint = `Write it like ${EXAMPLE}`): InputProblem {
	return new InputProblem(label, `${label} ${what}`, hint);
}
