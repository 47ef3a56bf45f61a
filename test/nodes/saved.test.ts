import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
} from 'n8n-workflow';
import { ChatGpt } from '../../nodes/ChatGpt/ChatGpt.node';
import { parameterProblems } from '../docs/nodeParameters';
import { runChatGpt } from '../support/chatGptRun';
import {
	json,
	ok,
	startFaultServer,
	type Behaviour,
	type ModelEntry,
	type RecordedRequest,
} from '../support/faultServer';
import { textCompletion } from '../support/textCompletion';
import savedChoices from './savedChoices.json';

/** A node as an earlier version saved it, what it sent, and what later nodes of a workflow read. Never changed. */
interface SavedNode {
	typeVersion: number;
	parameters: INodeParameters;
	/** One with a question unless given. */
	items?: INodeExecutionData[];
	/** What the server answers: the text of a chat, */
	replyText?: string;
	/** fields of the JSON that it sends, */
	reply?: Record<string, unknown>;
	/** or the models that it has. */
	models?: ModelEntry[];
	/** The first request; a list of models takes none with a body. */
	sends?: IDataObject;
	/** Times are 0. */
	gives: IDataObject[];
}

const { description } = new ChatGpt();
const folder = join(__dirname, 'saved');
const saved = readdirSync(folder).map((file) => [file, read(file)] as const);

test.each(saved)('what was saved as %s does what it did', async (_, node) => {
	const { typeVersion, parameters, items, models, sends, gives } = node;
	const server = await startFaultServer({ models, behave: (request) => answerOf(node, request) });
	try {
		const { output, error } = await runChatGpt(server, {
			parameters,
			...(items && { items }),
			node: { typeVersion },
		});
		expect(error).toBeUndefined();
		expect(server.requests.slice(0, 1).map(({ body }) => body as object)).toMatchObject(sends ? [sends] : []);
		expect(output('ChatGPT').map(({ json }) => withoutTimes(json))).toMatchObject(gives);
	} finally {
		await server.close();
	}
});

// Not every field shows in what is sent and given: how often is retried, say.
test.each(saved)('what was saved as %s is what the editor knows', (_, { typeVersion, parameters }) => {
	const { name } = description;
	const node: INode = { id: '1', name, type: name, typeVersion, position: [0, 0], parameters };
	expect(parameterProblems(node, description)).toEqual([]);
});

test('every field and option is in one of the files', () => {
	const resources = description.properties.find(({ name }) => name === 'resource')!.options!;
	const missing = (resources as INodePropertyOptions[]).flatMap(({ value: resource }) => {
		const fields = description.properties.filter(({ displayOptions }) =>
			displayOptions?.show?.resource?.includes(resource),
		);
		const used = saved.flatMap(([, { parameters }]) =>
			parameters.resource === resource ? pathsIn(parameters) : [],
		);
		return settable(fields)
			.filter(({ path }) => !used.includes(path))
			.map(({ path }) => `${String(resource)}: ${path}`);
	});
	expect(missing).toEqual([]);
});

test('what could be chosen still can be, and what is new is kept from now on', () => {
	const choices: Record<string, unknown[]> = {};
	for (const { path, values } of settable(description.properties)) {
		if (values) choices[path] = [...new Set([...(choices[path] ?? []), ...values])].sort();
	}
	expect(choices).toEqual(savedChoices);
});

function read(file: string): SavedNode {
	return JSON.parse(readFileSync(join(folder, file), 'utf8')) as SavedNode;
}

function answerOf({ replyText, reply }: SavedNode, request: RecordedRequest): Behaviour {
	if (request.path.endsWith('/chat/completions')) return ok({ text: replyText, body: reply });
	return request.path.endsWith('/completions') ? textCompletion(request) : json(200, reply);
}

function withoutTimes(fields: IDataObject): unknown {
	return JSON.parse(JSON.stringify(fields, (key, value: unknown) => (/Ms$/.test(key) ? 0 : value)));
}

/** Where values stand: `options.maxRetries`, `messages.values.role`. */
function pathsIn(values: object): string[] {
	return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
		const rows = [value].flat().filter((row) => typeof row === 'object' && row !== null);
		return [name, ...rows.flatMap((row) => pathsIn(row).map((path) => `${name}.${path}`))];
	});
}

/** All that the editor may save, and which values it offers. */
function settable(fields: object[], above = ''): Array<{ path: string; values?: unknown[] }> {
	return fields.flatMap((field) => {
		const { name, type, options = [], values } = field as INodeProperties & Partial<INodePropertyCollection>;
		const path = above + name;
		if (type !== 'options') return [{ path }, ...settable(values ?? options, `${path}.`)];
		return [{ path, values: (options as INodePropertyOptions[]).map(({ value }) => value) }];
	});
}
