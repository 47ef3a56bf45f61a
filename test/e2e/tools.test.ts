import { randomUUID } from 'node:crypto';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { createWorkflow, publishWorkflow, type WorkflowData } from '../../playground/n8nApi';
import sample from '../../examples/tools.json';
import {
	callingTools,
	messageLog,
	ok,
	type Behave,
	type ModelCall,
	type RecordedRequest,
} from '../support/faultServer';
import { nodeOutputs } from './support/executions';
import {
	bulkWorkflow,
	figure,
	lastExecution,
	post,
	publish,
	nodeCredentials,
	webhookNode,
	withSubNodes,
	workflowNode,
} from './support/n8n';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n();

/** Webhook → Split Out → ChatGPT with tools. */
function toolsWorkflow(tools: INode[], webhook: INodeParameters = {}): WorkflowData {
	const workflow = bulkWorkflow({ credential, webhook, options: { includeConversation: true } });
	return {
		...withSubNodes(workflow, 'ai_tool', tools),
		settings: { ...workflow.settings, timezone: 'UTC' },
	};
}

const calculator = () => workflowNode('Calculator', '@n8n/n8n-nodes-langchain.toolCalculator', 1, 2, {});

const code = (name: string, jsCode: string, more: INodeParameters = {}) =>
	workflowNode(name, '@n8n/n8n-nodes-langchain.toolCode', 1.3, 2, {
		description: `Does ${name}`,
		jsCode,
		...more,
	});

/** A workflow of its own: takes a city, and gives a field made of it, or fails. */
async function weatherWorkflow(jsCode: string): Promise<string> {
	const nodes = [
		workflowNode('Start', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, 0, {
			workflowInputs: { values: [{ name: 'city', type: 'string' }] },
		}),
		workflowNode('Code', 'n8n-nodes-base.code', 2, 1, { jsCode }),
	];
	const saved = await createWorkflow(session, {
		name: `Weather ${randomUUID()}`,
		nodes,
		connections: { Start: { main: [[{ node: 'Code', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	});
	await publishWorkflow(session, saved);
	return saved.id;
}

const workflowTool = (name: string, workflowId: string) =>
	workflowNode(name, '@n8n/n8n-nodes-langchain.toolWorkflow', 2.2, 2, {
		description: 'The weather in a city',
		workflowId: { __rl: true, mode: 'id', value: workflowId },
		workflowInputs: {
			mappingMode: 'defineBelow',
			value: { city: "={{ $fromAI('city', 'The city', 'string') }}" },
			matchingColumns: [],
			schema: [
				{
					id: 'city',
					displayName: 'city',
					required: false,
					defaultMatch: false,
					display: true,
					canBeUsedToMatch: true,
					type: 'string',
				},
			],
			attemptToConvertTypes: false,
			convertFieldsToString: false,
		},
	});

/** Calls first what the question asks for, then says what the tools said. */
const callFirst =
	(of: (question: string) => ModelCall[]): Behave =>
	({ body }: RecordedRequest) => {
		const messages = body.messages as Array<{ role: string; content: string }>;
		const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
		if (results.length > 0) return ok({ text: `The tools say: ${results.join(' | ')}` });
		return callingTools(of(messages[0]!.content));
	};

async function run(workflow: WorkflowData, questions: string[]) {
	const { id, url } = await publish(session, workflow);
	const response = await post(url, { questions });
	const body = await response.text();
	const execution = await lastExecution(session, id);
	const { error, runData } = execution.data.resultData;
	expect(error).toBeUndefined();
	const [items = []] = nodeOutputs(execution).map((output) => output.map(({ json }) => json));
	return { items, runData, body };
}

interface SentTool {
	function: { name: string; parameters: IDataObject };
}

/** The tools that the first request offered to the model, by name. */
const readSentTools = () => {
	const tools = server.requests[0]!.body.tools as SentTool[];
	return Object.fromEntries(tools.map(({ function: { name, parameters } }) => [name, parameters]));
};

test('a calculator and a workflow are called at once, and their results lead to the reply', async () => {
	const id = await weatherWorkflow('return [{ json: { weather: `Sunny in ${$input.first().json.city}` } }];');
	server.behave(
		callFirst((question) => [
			['Calculator', { input: '6 * 7' }],
			['Weather', { city: question }],
			['Weather', { city: `Old ${question}` }],
		]),
	);
	const workflow = toolsWorkflow([calculator(), workflowTool('Weather', id)]);
	const cities = ['Paris', 'Rome', 'Oslo', 'Kyiv', 'Lima'];
	const { items, runData } = await run(workflow, cities);
	expect(Object.keys(readSentTools()).sort()).toEqual(['Calculator', 'Weather']);
	expect(readSentTools().Weather).toEqual({
		type: 'object',
		properties: { city: { type: 'string', description: 'The city' } },
		required: ['city'],
	});
	expect(items).toMatchObject(
		cities.map((city) => ({
			text: expect.stringMatching(new RegExp(`^The tools say: 42 \\| .*Sunny in ${city}`, 's')),
			finishReason: 'stop',
			attempts: 2,
			toolCalls: [
				{ id: 'call_1', name: 'Calculator', arguments: { input: '6 * 7' }, result: '42', round: 1 },
				{ id: 'call_2', name: 'Weather', arguments: { city }, result: expect.stringContaining(`in ${city}`) },
				{ arguments: { city: `Old ${city}` }, result: expect.stringContaining(`in Old ${city}`) },
			],
		})),
	);
	const last = server.requests.findLast(({ rawBody }) => rawBody.includes('Rome'))!;
	figure(`message log of the second round: ${JSON.stringify(messageLog(last))}`);
	// The editor shows on each tool what it was given.
	expect(runData.Calculator).toHaveLength(5);
	expect(runData.Weather).toHaveLength(10);
	expect(runData.Weather!.every(({ executionStatus }) => executionStatus === 'success')).toBe(true);
});

test('settings of a tool that depend on the item are those of the item that calls it', async () => {
	const id = await weatherWorkflow('return [{ json: { got: $input.first().json.city } }];');
	const forCustomer = workflowTool('Weather', id);
	const inputs = forCustomer.parameters.workflowInputs as { value: IDataObject };
	inputs.value.city = "={{ $json.question }}: {{ $fromAI('city', 'The city', 'string') }}";
	const addDays = workflowNode('Add days', 'n8n-nodes-base.dateTimeTool', 2, 2, {
		operation: 'addToDate',
		magnitude: "={{ $('Split Out').item.json.question }}",
		timeUnit: 'days',
		duration: "={{ $fromAI('days', 'How many', 'number') }}",
		options: {},
	});
	server.behave(
		callFirst((question) => [
			['Weather', { city: question.slice(-1) }],
			['Add_days', { days: Number(question.slice(-1)) }],
		]),
	);
	const dates = ['2026-05-01', '2026-06-02', '2026-07-03', '2026-08-04'];
	const { items } = await run(toolsWorkflow([forCustomer, addDays]), dates);
	const results = items.map(({ toolCalls }) => (toolCalls as IDataObject[]).map(({ result }) => result));
	expect(results).toEqual(
		dates.map((date) => {
			const day = Number(date.slice(-1));
			return [`${date}: ${day}`, `${date.slice(0, 8)}0${2 * day}T`].map(
				(text) => expect.stringContaining(text) as string,
			);
		}),
	);
});

test('the model is told why a tool failed, and that one it made up is not there', async () => {
	const id = await weatherWorkflow('throw new Error("The station is closed");');
	server.behave(
		callFirst(() => [
			['Weather', { city: 'Paris' }],
			['Breaks', { input: 'x' }],
			['Teleport', { to: 'Rome' }],
			['Calculator', '{"input": "1 +'],
			['Calculator', { input: '1 + 1' }],
		]),
	);
	const workflow = toolsWorkflow([
		calculator(),
		workflowTool('Weather', id),
		code('Breaks', 'throw new Error("The code broke");'),
	]);
	const { items } = await run(workflow, ['Go']);
	const outcomes = (items[0]!.toolCalls as IDataObject[]).map(({ result, error }) => error ?? result);
	expect(outcomes).toEqual([
		expect.stringContaining('The station is closed'),
		expect.stringContaining('The code broke'),
		expect.stringMatching(/^There is no tool named "Teleport"\. Available tools: .*Calculator/),
		expect.stringMatching(/^The arguments cannot be read: /),
		'2',
	]);
	expect(items[0]!.text).toContain('The station is closed');
	figure(`what the model was told: ${JSON.stringify(messageLog(server.requests[1]!).slice(2))}`);
});

test('ordinary nodes work as tools, and one that throws gives the model its error', async () => {
	server.behave(
		callFirst(() => [
			['Add_days', { days: 3 }],
			['Fetch_page', { path: 'missing' }],
		]),
	);
	const addDays = workflowNode('Add days', 'n8n-nodes-base.dateTimeTool', 2, 2, {
		toolDescription: 'Adds days to the first of May',
		operation: 'addToDate',
		magnitude: '2026-05-01',
		timeUnit: 'days',
		duration: "={{ $fromAI('days', 'How many', 'number') }}",
		options: {},
	});
	const fetchPage = workflowNode('Fetch page', 'n8n-nodes-base.httpRequestTool', 4.2, 2, {
		toolDescription: 'Gets a page',
		url: `=${server.url}/{{ $fromAI('path', 'The path', 'string') }}`,
		options: {},
	});
	const { items } = await run(toolsWorkflow([addDays, fetchPage]), ['Go']);
	expect(readSentTools().Add_days).toMatchObject({
		properties: { days: { type: 'number', description: 'How many' } },
		required: ['days'],
	});
	const outcomes = (items[0]!.toolCalls as IDataObject[]).map(({ result, error }) => error ?? result);
	expect(outcomes[0]).toContain('2026-05-04');
	// The HTTP Request tool throws.
	expect((items[0]!.toolCalls as IDataObject[])[1]).toMatchObject({
		error: expect.stringContaining('could not be found'),
	});
	figure(`an ordinary node that throws: ${JSON.stringify(outcomes[1])}`);
});

test('a caller reads along while tools are at work in between', async () => {
	server.behave((request) => {
		const messages = request.body.messages as unknown[];
		return messages.length === 1
			? callingTools([['Calculator', { input: '6 * 7' }]], { text: 'Let me calculate.' })
			: ok({ text: 'It is 42.' });
	});
	const { body, items } = await run(toolsWorkflow([calculator()], { responseMode: 'streaming' }), ['Go']);
	const lines = body
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { type: string; content?: string; metadata: { nodeName: string } })
		.filter(({ metadata }) => metadata.nodeName === 'ChatGPT');
	expect(lines.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])).toEqual([
		'begin',
		'item',
		'end',
	]);
	expect(lines.map(({ content = '' }) => content).join('')).toBe('Let me calculate.\n\nIt is 42.');
	expect(items[0]).toMatchObject({ text: 'It is 42.', toolCalls: [{ result: '42' }] });
});

test('the sample tools works out the price as the guide says', async () => {
	server.behave(({ body }) => {
		const messages = body.messages as Array<{ role: string; content: string }>;
		const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
		const article = (name: string): ModelCall => ['Price_list', { input: name }];
		if (results.length === 0) return callingTools([article('notebook'), article('pen'), article('ship')]);
		const [notebook, pen] = results;
		if (results.length === 3)
			return callingTools([['Calculator', { input: `17 * ${notebook} + 4 * ${pen}` }]]);
		return ok({ text: `You owe ${results[3]} USD.` });
	});
	const { nodes, ...rest } = structuredClone(sample) as unknown as WorkflowData;
	const webhook = webhookNode('When clicking Execute');
	const chatGptNode = nodes.find(({ name }) => name === 'ChatGPT')!;
	chatGptNode.credentials = nodeCredentials(credential);
	const { items } = await run({ ...rest, nodes: [webhook, ...nodes.slice(1)] }, []);
	expect(items).toMatchObject(
		[1, 2].map(() => ({
			text: 'You owe 60.2 USD.',
			attempts: 3,
			toolCalls: [
				{ name: 'Price_list', result: '3.2', round: 1 },
				{ result: '1.45', round: 1 },
				{ result: expect.stringContaining('only notebook, pen'), round: 1 },
				{ name: 'Calculator', result: '60.2', round: 2 },
			],
		})),
	);
});
