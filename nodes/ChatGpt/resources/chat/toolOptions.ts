import type { IDataObject } from 'n8n-workflow';
import {
	definitionOf,
	isObject,
	offeredTools,
	parseJson,
	schemaProblem,
	strictProblems,
	TOOL_NAME,
	type CallableTool,
	type FunctionTool,
} from '../../../../client';
import { InputProblem, shown } from '../../../../host/parameters/inputProblem';
import { checkBoolean, checkText } from '../../../../host/parameters/parameterChecks';
import { OptionReader } from '../../../../host/parameters/readField';
import { rememberLast } from '../../../../host/parameters/rememberLast';
import { toolOptions, TOOLS_EXAMPLE } from './toolOptions.description';

type Parameters = Record<string, unknown>;

/** In how many rounds connected tools may be called. */
export function readMaxToolRounds(options: IDataObject): number {
	return new OptionReader(options, toolOptions).numberOrDefault('maxToolRounds', { whole: true });
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
	const choice = toolChoice === undefined ? undefined : readToolChoice(toolChoice, [...offered.keys()]);
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

function readToolChoice(given: unknown, names: string[]): unknown {
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

const rememberedDefinitions = rememberLast(readDefinitions);

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
	const { path, messageFragment: what } = found;
	throw problem(
		label,
		`has "parameters" in which ${path || 'the schema'} ${what}`,
		strict ? `${found.fix}, or remove "strict"` : 'Correct this part of the JSON Schema',
	);
}

function problem(label: string, what: string, hint = `Write it like ${TOOLS_EXAMPLE}`): InputProblem {
	return new InputProblem(label, `${label} ${what}`, hint);
}
