import type { INodeParameters, INodeProperties, NodeParameterValueType } from 'n8n-workflow';
import type { Locator, Page } from 'playwright-core';
import { optionsDescription } from '../../nodes/ChatGpt/resources/chat/complete.options';
import { optionsDescription as completionOptions } from '../../nodes/ChatGpt/resources/completion/complete.options';
import { createWorkflow, type WorkflowData } from '../../playground/n8nApi';
import chatWithMemory from '../../examples/chat-with-memory.json';
import classifyAndRoute from '../../examples/classify-and-route.json';
import structuredOutput from '../../examples/structured-output.json';
import textJobs from '../../examples/text-jobs.json';
import { signInToEditor, useBrowser } from './support/browser';
import { nodeCredentials, workflowNode } from './support/n8n';
import { takePicture } from './support/pictures';
import { useForFile } from './support/useForFile';
import { useN8n } from './support/useN8n';

// What each resource and operation shows to fill in.

jest.setTimeout(120_000);

const { session, credential } = useN8n({ credentialName: 'ChatGPT account' });
const browser = useBrowser();
const page = useForFile(async () => await signInToEditor(browser, session.url));

const picture = async (name: string, of: Page | Locator = page) => await takePicture(name, of);

test('a conversation with memory, attachments and every option there is can be read in the editor', async () => {
	const options = optionsDescription.options as INodeProperties[];
	const { nodes, connections, settings } = chatWithMemory as unknown as WorkflowData;
	const { id } = await createWorkflow(session, {
		name: 'Chat with memory',
		nodes: nodes.map((node) =>
			node.name === 'ChatGPT'
				? {
						...node,
						parameters: {
							messagesSource: 'both',
							messagesJson: '={{ $json.conversation }}',
							messages: {
								values: [
									{
										role: 'user',
										content: 'What has changed between these pictures?',
										attachments: {
											values: [
												{ type: 'imageUrl', url: 'https://example.com/before.jpg' },
												{ type: 'image', binaryPropertyName: 'data', detail: 'high' },
											],
										},
									},
								],
							},
							// With this, the options for replies in JSON are shown, too.
							responseFormat: 'jsonSchema',
							schemaSource: 'fields',
							schemaFields: {
								values: [
									{ name: 'changes', type: 'strings', description: 'What has changed, most important first' },
									{
										name: 'season',
										type: 'choice',
										values: 'spring, summer, autumn, winter',
										required: false,
									},
								],
							},
							options: Object.fromEntries<NodeParameterValueType>(
								options.map((option) => [option.name, option.default]),
							),
						},
						credentials: nodeCredentials(credential),
					}
				: node,
		),
		connections,
		settings,
	});
	await page.goto(`${session.url}/workflow/${id}`);
	const node = page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' });
	await node.getByText('gpt-4.1-mini').waitFor();
	await picture('memory');

	await page.setViewportSize({ width: 1440, height: 1400 });
	await node.dblclick();
	const panel = page.getByTestId('node-parameters');
	await panel.getByText('Add Message').waitFor();
	await picture('conversation');

	// High enough for all of it.
	await page.setViewportSize({ width: 1440, height: 5600 });
	for (const { displayName } of options) {
		await panel.getByText(displayName, { exact: true }).first().waitFor();
	}
	await picture('options', panel);
});

test('a person who wants fields sees what to fill in for each way to define them', async () => {
	await openSample(structuredOutput, 1400);
	const labels = [
		'Define Fields By',
		'Response Format',
		'Strict',
		'Add Field',
		'Schema Name',
		'Spread JSON Fields',
	];
	const panel = await openNode('ChatGPT', labels, 1400);
	await page.setViewportSize({ width: 1440, height: 3500 });
	await picture('structured-output', panel);
});

interface PanelCase {
	name: string;
	parameters: INodeParameters;
	labels: string[];
	/** Every option there is; none unless given. */
	options?: INodeProperties;
}

const panels: PanelCase[] = [
	{
		name: 'completion',
		parameters: {
			resource: 'completion',
			promptsSource: 'json',
			promptsJson: '["Roses are", "Violets are"]',
		},
		labels: ['Operation', 'Prompts From', 'Prompts (JSON)', 'Temperature', 'Maximum Tokens'],
		options: completionOptions,
	},
	{
		name: 'moderation',
		parameters: {
			resource: 'moderation',
			text: '={{ $json.comment }}',
			images: { values: [{ type: 'image' }, { type: 'imageUrl', url: 'https://example.com/photo.jpg' }] },
		},
		labels: ['Operation', 'Text', 'Images', 'Binary Field', 'URL', 'Add Image'],
	},
	{
		name: 'models',
		parameters: { resource: 'model', operation: 'getAll', filters: { idContains: 'mini', onlyChat: true } },
		labels: ['Operation', 'Return All', 'Limit', 'Filters', 'ID Contains', 'Only Models That Chat'],
	},
	{ name: 'model', parameters: { resource: 'model', operation: 'get' }, labels: ['Operation', 'Model'] },
];

test.each(panels)('the panel $name shows every field to fill in', async (panelCase) => {
	const { name, parameters, labels, options } = panelCase;
	const all = (options?.options ?? []) as INodeProperties[];
	await openChatGptNode(`Panel: ${name}`, {
		...parameters,
		options: Object.fromEntries<NodeParameterValueType>(all.map((one) => [one.name, one.default])),
	});
	const panel = await openNode('ChatGPT', [...labels, ...all.map(({ displayName }) => displayName)], 1100);
	await page.setViewportSize({ width: 1440, height: all.length ? 4200 : 1100 });
	await picture(name, panel);
});

test('a change of the resource to Completion chooses the model that is usual there', async () => {
	await openChatGptNode('Change of resource', {});
	const node = page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' });
	await node.getByText('gpt-4.1-mini').waitFor();
	const panel = await openNode('ChatGPT', [], 1100);
	await panel.getByTestId('parameter-input-resource').click();
	await page.getByRole('option').filter({ hasText: 'Completion' }).click();
	await panel
		.locator('input[value="gpt-3.5-turbo-instruct"]')
		.or(panel.getByText('gpt-3.5-turbo-instruct'))
		.first()
		.waitFor();
	await page.getByTestId('ndv-close-button').click();
	await node.getByText('gpt-3.5-turbo-instruct').waitFor();
});

test('a person who sorts letters sees an output for each category, and few fields', async () => {
	await openSample(classifyAndRoute);
	await page.getByTestId('canvas-node').getByText('classify', { exact: true }).waitFor();
	for (const output of ['Billing', 'Technical', 'Delivery', 'None']) {
		await page.getByTestId('canvas-node-output-handle').getByText(output, { exact: true }).waitFor();
	}
	await picture('classify');
	const labels = [
		'Text',
		'Categories From',
		'Add Category',
		'Allow Several Categories',
		'If No Category Fits',
		'Include Confidence',
		'One Output per Category',
		'Instructions',
	];
	await picture('classify-node', await openNode('ChatGPT', labels, 1750));
});

test('a person with other jobs for a letter sees what each needs', async () => {
	await openSample(textJobs);
	for (const operation of ['extract', 'summarize', 'translate', 'sentiment']) {
		await page.getByTestId('canvas-node').getByText(operation, { exact: true }).waitFor();
	}
	await picture('text-jobs');
	await picture('extract-node', await openNode('Facts', ['Add Field', 'Several per Text'], 2150));
	for (const [name, labels] of [
		['In one sentence', ['Length', 'Format', 'Language', 'Focus']],
		['In German', ['Target Language', 'Source Language', 'Tone', 'Add Term']],
		['Mood', ['Sentiments', 'Include Score']],
	] as const) {
		await page.getByTestId('ndv-close-button').click();
		await openNode(name, labels, 1400);
	}
});

/** Opens a sample workflow in the editor, with the credential in its ChatGPT nodes. */
async function openSample(sample: unknown, height = 900) {
	const { nodes, ...workflow } = sample as WorkflowData;
	const credentials = nodeCredentials(credential);
	const { id } = await createWorkflow(session, {
		...workflow,
		nodes: nodes.map((node) => (node.type.includes('chatGpt') ? { ...node, credentials } : node)),
	});
	await page.setViewportSize({ width: 1440, height });
	await page.goto(`${session.url}/workflow/${id}`);
}

/** Opens a workflow of one ChatGPT node in the editor. */
async function openChatGptNode(name: string, parameters: INodeParameters) {
	const node = workflowNode('ChatGPT', 'n8n-nodes-chatgpt.chatGpt', 1, 0, parameters);
	await openSample({ name, nodes: [node], connections: {}, settings: { executionOrder: 'v1' } }, 1100);
}

/** Opens the panel of a node, and waits until it shows all the labels. */
async function openNode(name: string, labels: readonly string[], height: number) {
	await page.setViewportSize({ width: 1440, height });
	await page.getByTestId('canvas-node').filter({ hasText: name }).dblclick();
	const panel = page.getByTestId('node-parameters');
	for (const label of labels) await panel.getByText(label, { exact: true }).first().waitFor();
	return panel;
}
