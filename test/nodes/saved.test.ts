import type {
	IDataObject,
	INode,
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
} from 'n8n-workflow';
import { ChatGpt } from '../../nodes/ChatGpt/ChatGpt.node';
import { parameterProblems } from '../docs/nodeParameters';
import { runChatGpt } from '../support/chatGptRun';
import { readSavedNodes, startServerOf } from '../support/savedNodes';
import savedChoices from './savedChoices.json';

const { description } = new ChatGpt();
const saved = readSavedNodes();

test.each(saved)('a node saved as %s sends and gives what it did when it was saved', async (_, node) => {
	const { typeVersion, parameters, items, sends, gives } = node;
	const server = await startServerOf(node);
	try {
		const { output, error } = await runChatGpt(server, {
			parameters,
			...(items && { items }),
			node: { typeVersion },
		});
		expect(error).toBeUndefined();
		expect(server.requests.slice(0, 1).map(({ body }) => body as object)).toMatchObject(sends ? [sends] : []);
		expect(output('ChatGPT').map(({ json }) => dropTimes(json))).toMatchObject(gives);
	} finally {
		await server.close();
	}
});

// Not every field shows in what is sent and given; the number of retries does not.
test.each(saved)(
	'a node saved as %s has only parameters that the editor knows',
	(_, { typeVersion, parameters }) => {
		const { name } = description;
		const node: INode = { id: '1', name, type: name, typeVersion, position: [0, 0], parameters };
		expect(parameterProblems(node, description)).toEqual([]);
	},
);

test('every field and option of the node is in one of the saved nodes', () => {
	const resources = description.properties.find(({ name }) => name === 'resource')!.options!;
	const missing = (resources as INodePropertyOptions[]).flatMap(({ value: resource }) => {
		const fields = description.properties.filter(({ displayOptions }) =>
			displayOptions?.show?.resource?.includes(resource),
		);
		const used = saved.flatMap(([, { parameters }]) =>
			parameters.resource === resource ? listPaths(parameters) : [],
		);
		return listSettable(fields)
			.filter(({ path }) => !used.includes(path))
			.map(({ path }) => `${String(resource)}: ${path}`);
	});
	expect(missing).toEqual([]);
});

test('every choice that a field ever had can still be made, and new ones are in savedChoices.json', () => {
	const choices: Record<string, unknown[]> = {};
	for (const { path, values } of listSettable(description.properties)) {
		if (values) choices[path] = [...new Set([...(choices[path] ?? []), ...values])].sort();
	}
	expect(choices).toEqual(savedChoices);
});

function dropTimes(fields: IDataObject): unknown {
	return JSON.parse(JSON.stringify(fields, (key, value: unknown) => (/Ms$/.test(key) ? 0 : value)));
}

/** The paths of all values, such as `options.maxRetries` and `messages.values.role`. */
function listPaths(values: object): string[] {
	return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
		const rows = [value].flat().filter((row) => typeof row === 'object' && row !== null);
		return [name, ...rows.flatMap((row) => listPaths(row).map((path) => `${name}.${path}`))];
	});
}

/** The paths of all that the editor may save, with the values it offers. */
function listSettable(fields: object[], above = ''): Array<{ path: string; values?: unknown[] }> {
	return fields.flatMap((field) => {
		const { name, type, options = [], values } = field as INodeProperties & Partial<INodePropertyCollection>;
		const path = above + name;
		if (type !== 'options') return [{ path }, ...listSettable(values ?? options, `${path}.`)];
		return [{ path, values: (options as INodePropertyOptions[]).map(({ value }) => value) }];
	});
}
