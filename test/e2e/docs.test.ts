import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeParameters, INodeTypeDescription } from 'n8n-workflow';
import { cacheFolder } from '../../playground/folders';
import { createWorkflow, type Workflow } from '../../playground/n8nApi';
import { dependencies } from '../../playground/package.json';
import { readPages } from '../docs/markdown';
import { N8N_LABELS } from '../docs/n8nLabels';
import { readWorkflows } from '../docs/workflows';
import { fail, ok } from '../support/faultServer';
import { runByHand } from './support/examples';
import { nodeOutputs } from './support/executions';
import { figure, getAsEditor, lastExecution, nodeCredentials } from './support/n8n';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const CHATGPT = 'n8n-nodes-chatgpt.chatGpt';
const pages = readPages();
const workflows = readWorkflows(pages);

const { session, server, credential } = useN8n();
let known: Array<Pick<INodeTypeDescription, 'name' | 'version'>>;
let imports = 0;
beforeAll(async () => {
	known = (await getAsEditor(session, '/types/nodes.json')) as typeof known;
});
afterAll(() => figure(`${imports} workflows were imported`));

const isKnown = ({ type, typeVersion }: { type: string; typeVersion: number }) =>
	known.some(({ name, version }) => name === type && [version].flat().includes(typeVersion));

/** @param options of the ChatGPT node, besides those of the workflow. */
async function importWithCredential(
	workflow: (typeof workflows)[number],
	options?: INodeParameters,
): Promise<Workflow> {
	const nodes = workflow.nodes.map((node) =>
		node.type === CHATGPT
			? {
					...node,
					...(options && {
						parameters: {
							...node.parameters,
							options: { ...(node.parameters.options as object), ...options },
						},
					}),
					credentials: nodeCredentials(credential),
				}
			: node,
	);
	const { name, connections, settings } = workflow;
	imports++;
	// Other tests publish the samples by their names.
	return await createWorkflow(session, { name: `${name} ${randomUUID()}`, nodes, connections, settings });
}

test('n8n knows this node, and would not know another', () => {
	expect(isKnown({ type: CHATGPT, typeVersion: 1 })).toBe(true);
	expect(isKnown({ type: CHATGPT, typeVersion: 99 })).toBe(false);
	expect(isKnown({ type: 'n8n-nodes-chatgpt.chatGTP', typeVersion: 1 })).toBe(false);
});

test.each(workflows.map((workflow) => [workflow.place, workflow] as const))(
	'the workflow in %s can be imported',
	async (_, workflow) => {
		const { nodes, connections } = await importWithCredential(workflow);
		expect(
			nodes.filter((node) => !isKnown(node)).map(({ type, typeVersion }) => [type, typeVersion]),
		).toEqual([]);
		expect(nodes.map(({ name }) => name)).toEqual(workflow.nodes.map(({ name }) => name));
		expect(connections).toEqual(workflow.connections);
		const ours = nodes.filter(({ type }) => type === CHATGPT);
		expect(ours.every((node) => node.credentials?.chatGptApi?.id)).toBe(true);
	},
);

test('the sample bulk-run answers each row, asks once for what is the same, and adds up the cost', async () => {
	server.behave(({ rawBody }) =>
		rawBody.includes('Broken') ? fail({ status: 400, shape: 'openai', message: 'Bad row.' }) : ok(),
	);
	const workflow = workflows.find(({ place }) => place.endsWith('bulk-run.json'))!;
	const bulkRun = await importWithCredential(workflow, { prices: { values: [{ input: 1, output: 2 }] } });
	await runByHand(session, bulkRun);
	const execution = await lastExecution(session, bulkRun.id);
	expect(execution.status).toBe('success');
	const [answered, failed] = nodeOutputs(execution);
	expect(answered!.map(({ json }) => [json.id, json.cached ?? false])).toEqual([
		[1, false],
		[3, false],
		[4, true],
	]);
	expect(failed!.map(({ json }) => [json.id, json.error])).toEqual([
		[2, 'Model gpt-4.1-mini: The API cannot accept this request: Bad row'],
	]);
	expect(nodeOutputs(execution, 'Failed rows')[0]).toHaveLength(1);
	expect(server.requests).toHaveLength(3);
	const [summary] = nodeOutputs(execution, 'Cost per model')[0]!;
	expect(summary!.json).toMatchObject({
		model: expect.any(String),
		sum_costUsd: expect.any(Number),
		count_text: 3,
	});
	figure(`bulk-run.json adds up to ${JSON.stringify(summary!.json)}`);
});

test('every label of n8n that the documentation names is in its editor or in a node', () => {
	const folder = join(cacheFolder(), `host-${dependencies.n8n}`, 'node_modules/n8n-editor-ui/dist/assets');
	const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
	const editor = scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
	const nodes = JSON.stringify(known);
	// The editor has a text as a property's value or as what an element holds.
	const isShown = (label: string) =>
		[':', ','].some((before) => editor.includes(`${before}\`${label}\``)) ||
		nodes.includes(`ame":${JSON.stringify(label)}`);
	expect(isShown('Import from file')).toBe(false);
	expect(N8N_LABELS.filter((label) => !isShown(label))).toEqual([]);
});
