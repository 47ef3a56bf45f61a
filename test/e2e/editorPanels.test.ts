import type { INodeParameters, INodeProperties, NodeParameterValueType } from 'n8n-workflow';
import type { Browser, Locator, Page } from 'playwright-core';
import { optionsDescription } from '../../nodes/ChatGpt/resources/chat/complete.options';
import { optionsDescription as completionOptions } from '../../nodes/ChatGpt/resources/completion/complete.options';
import { createWorkflow, type Credential, type Session, type WorkflowData } from '../../playground/n8nApi';
import chatWithMemory from '../../examples/chat-with-memory.json';
import classifyAndRoute from '../../examples/classify-and-route.json';
import structuredOutput from '../../examples/structured-output.json';
import textJobs from '../../examples/text-jobs.json';
import { startFaultServer, type FaultServer } from '../support/faultServer';
import { signInToEditor, startBrowser } from './support/browser';
import { chatGptCredential, signInToN8n, workflowNode } from './support/n8n';
import { takePicture } from './support/pictures';

// What each resource and operation shows to fill in.

jest.setTimeout(120_000);

let server: FaultServer;
let session: Session;
let credentials: { chatGptApi: Pick<Credential, 'id' | 'name'> };
let browser: Browser;
let page: Page;
beforeAll(async () => {
	server = await startFaultServer();
	session = signInToN8n();
	const { id, name } = await chatGptCredential(session, { baseUrl: server.baseUrl }, 'ChatGPT account');
	credentials = { chatGptApi: { id, name } };
	browser = await startBrowser();
	page = await signInToEditor(browser, session.url);
});
afterAll(async () => {
	await browser?.close();
	await server.close();
});

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
						credentials,
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
	await page.setViewportSize({ width: 1440, height: 1400 });
	const { id } = await createWorkflow(session, structuredOutput as unknown as WorkflowData);
	await page.goto(`${session.url}/workflow/${id}`);
	await page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' }).dblclick();
	const panel = page.getByTestId('node-parameters');
	await panel.getByText('Define Fields By', { exact: true }).waitFor();
	for (const text of ['Response Format', 'Strict', 'Add Field', 'Schema Name', 'Spread JSON Fields']) {
		await panel.getByText(text, { exact: true }).first().waitFor();
	}
	await page.setViewportSize({ width: 1440, height: 3500 });
	await picture('structured-output', panel);
});

describe('the other resources show what to fill in', () => {
	const panels: Array<[string, INodeParameters, string[], INodeProperties | undefined]> = [
		[
			'completion',
			{ resource: 'completion', promptsSource: 'json', promptsJson: '["Roses are", "Violets are"]' },
			['Operation', 'Prompts From', 'Prompts (JSON)', 'Temperature', 'Maximum Tokens'],
			completionOptions,
		],
		[
			'moderation',
			{
				resource: 'moderation',
				text: '={{ $json.comment }}',
				images: { values: [{ type: 'image' }, { type: 'imageUrl', url: 'https://example.com/photo.jpg' }] },
			},
			['Operation', 'Text', 'Images', 'Binary Field', 'URL', 'Add Image'],
			undefined,
		],
		[
			'models',
			{ resource: 'model', operation: 'getAll', filters: { idContains: 'mini', onlyChat: true } },
			['Operation', 'Return All', 'Limit', 'Filters', 'ID Contains', 'Only Models That Chat'],
			undefined,
		],
		['model', { resource: 'model', operation: 'get' }, ['Operation', 'Model'], undefined],
	];
	test.each(panels)('%s', async (name, parameters, labels, options) => {
		const all = (options?.options ?? []) as INodeProperties[];
		const { id } = await createWorkflow(session, {
			name: `Panel: ${name}`,
			nodes: [
				{
					...workflowNode('ChatGPT', 'n8n-nodes-chatgpt.chatGpt', 1, 0, {
						...parameters,
						options: Object.fromEntries<NodeParameterValueType>(all.map((one) => [one.name, one.default])),
					}),
					credentials,
				},
			],
			connections: {},
			settings: { executionOrder: 'v1' },
		});
		await page.setViewportSize({ width: 1440, height: 1100 });
		await page.goto(`${session.url}/workflow/${id}`);
		await page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' }).dblclick();
		const panel = page.getByTestId('node-parameters');
		for (const label of [...labels, ...all.map(({ displayName }) => displayName)]) {
			await panel.getByText(label, { exact: true }).first().waitFor();
		}
		await page.setViewportSize({ width: 1440, height: all.length ? 4200 : 1100 });
		await picture(name, panel);
	});

	test('who changes the resource gets the model that is usual there', async () => {
		await page.setViewportSize({ width: 1440, height: 1100 });
		const { id } = await createWorkflow(session, {
			name: 'Change of resource',
			nodes: [workflowNode('ChatGPT', 'n8n-nodes-chatgpt.chatGpt', 1, 0, {})],
			connections: {},
			settings: { executionOrder: 'v1' },
		});
		await page.goto(`${session.url}/workflow/${id}`);
		const node = page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' });
		await node.getByText('gpt-4.1-mini').waitFor();
		await node.dblclick();
		const panel = page.getByTestId('node-parameters');
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
});

/** A sample workflow, opened in the editor with a credential in its ChatGPT nodes. */
async function openSample(sample: unknown) {
	const { nodes, ...workflow } = sample as WorkflowData;
	const { id } = await createWorkflow(session, {
		...workflow,
		nodes: nodes.map((node) => (node.type.includes('chatGpt') ? { ...node, credentials } : node)),
	});
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.goto(`${session.url}/workflow/${id}`);
}

async function openNode(name: string, labels: string[], height: number) {
	await page.setViewportSize({ width: 1440, height });
	await page.getByTestId('canvas-node').filter({ hasText: name }).dblclick();
	const panel = page.getByTestId('node-parameters');
	for (const label of labels) await panel.getByText(label, { exact: true }).first().waitFor();
	return panel;
}

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
		await openNode(name, [...labels], 1400);
	}
});
