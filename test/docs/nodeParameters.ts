import {
	NodeHelpers,
	type INode,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyCollection,
	type INodePropertyOptions,
	type INodeTypeDescription,
} from 'n8n-workflow';

type Values = Record<string, unknown>;

/** Where a value stands, and what decides on the fields that are shown there. */
interface Place {
	/** Such as `options.maxRetries`. */
	path: string;
	node: INode;
	description: INodeTypeDescription;
	/** The node's parameters with the defaults of what is not set. */
	root: INodeParameters;
}

/**
 * What is wrong with a node's parameters: names that the editor would not show for such a node, and values that it
 * would not offer.
 *
 * @returns one sentence for each mistake; empty when there is none.
 */
export function parameterProblems(node: INode, description: INodeTypeDescription): string[] {
	const root = { ...node.parameters };
	// What decides on a field stands before it.
	for (const property of description.properties) {
		if (property.name in root || !NodeHelpers.displayParameter(root, property, node, description)) continue;
		root[property.name] = property.default;
	}
	return fieldProblems(description.properties, node.parameters, { path: '', node, description, root });
}

/** @param siblings the values around, with defaults: they decide which fields are shown. */
function fieldProblems(
	properties: INodeProperties[],
	values: Values,
	place: Place,
	siblings: INodeParameters = place.root,
): string[] {
	return Object.entries(values).flatMap(([name, value]) => {
		const path = place.path ? `${place.path}.${name}` : name;
		const named = properties.filter((property) => property.name === name);
		if (named.length === 0) return [`${path} is no field`];
		const shown = named.find((property) =>
			NodeHelpers.displayParameter(siblings, property, place.node, place.description, place.root),
		);
		return shown ? valueProblems(shown, value, { ...place, path }) : [`${path} is not shown here`];
	});
}

function valueProblems(property: INodeProperties, value: unknown, place: Place): string[] {
	const { path } = place;
	if (isExpression(value)) return property.noDataExpression ? [`${path} takes no expression`] : [];
	switch (property.type) {
		case 'fixedCollection':
			return groupProblems(property, value, place);
		case 'collection':
			if (!isObject(value)) return [`${path} is no object`];
			return fieldProblems(property.options as INodeProperties[], value, place, value as INodeParameters);
		case 'resourceLocator':
			return locatorProblems(property, value, place);
	}
	if (property.typeOptions?.multipleValues) {
		if (!Array.isArray(value)) return [`${path} is no list`];
		return value.flatMap((entry, index) => plainProblems(property, entry, `${path}[${index}]`));
	}
	return plainProblems(property, value, path);
}

/** The rows of each group, by the name of the group; without multipleValues there is one row. */
function groupProblems({ options, typeOptions }: INodeProperties, value: unknown, place: Place): string[] {
	if (!isObject(value)) return [`${place.path} is no object`];
	return Object.entries(value).flatMap(([name, given]) => {
		const path = `${place.path}.${name}`;
		const group = (options as INodePropertyCollection[]).find((one) => one.name === name);
		if (!group) return [`${path} is no group`];
		if (Array.isArray(given) !== (typeOptions?.multipleValues ?? false))
			return [`${path} ${Array.isArray(given) ? 'takes one row only' : 'is no list'}`];
		const rows: unknown[] = Array.isArray(given) ? given : [given];
		return rows.flatMap((row, index) => {
			const rowPath = `${path}[${index}]`;
			if (!isObject(row)) return [`${rowPath} is no object`];
			const defaults = Object.fromEntries(group.values.map((field) => [field.name, field.default]));
			const siblings = { ...defaults, ...row } as INodeParameters;
			return fieldProblems(group.values, row, { ...place, path: rowPath }, siblings);
		});
	});
}

function locatorProblems({ modes = [] }: INodeProperties, value: unknown, { path }: Place): string[] {
	if (!isObject(value)) return [`${path} is no object with a mode and a value`];
	const { __rl: isLocator, mode, value: given } = value;
	return [
		...(isLocator === true ? [] : [`${path}.__rl is not true`]),
		...(modes.some(({ name }) => name === mode) ? [] : [`${path}.mode ${JSON.stringify(mode)} is no mode`]),
		...(typeof given === 'string' ? [] : [`${path}.value is no text`]),
	];
}

function plainProblems({ type, options = [], typeOptions }: INodeProperties, value: unknown, path: string) {
	const wrong = [`${path} may not be ${JSON.stringify(value)}`];
	// Offered by the server while the editor is open.
	const isOpen = typeOptions?.loadOptionsMethod !== undefined || typeOptions?.loadOptions !== undefined;
	const isOffered = (one: unknown) =>
		isOpen || (options as INodePropertyOptions[]).some((option) => option.value === one);
	switch (type) {
		case 'options':
			return isOffered(value) ? [] : wrong;
		case 'multiOptions':
			return Array.isArray(value) && value.every(isOffered) ? [] : wrong;
		case 'boolean':
			return typeof value === 'boolean' ? [] : wrong;
		case 'number': {
			const { minValue = -Infinity, maxValue = Infinity } = typeOptions ?? {};
			return typeof value === 'number' && value >= minValue && value <= maxValue ? [] : wrong;
		}
		case 'string':
			return typeof value === 'string' ? [] : wrong;
		case 'json':
			return typeof value === 'string' && isJson(value) ? [] : wrong;
		default:
			return [`${path} is of the type ${type}, which is not known here`];
	}
}

function isExpression(value: unknown): boolean {
	return typeof value === 'string' && value.startsWith('=');
}

function isObject(value: unknown): value is Values {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
