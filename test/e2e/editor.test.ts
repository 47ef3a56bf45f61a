import type { Locator, Page } from 'playwright-core';
import { createWorkflow } from '../../playground/n8nApi';
import { ok, wrongKey } from '../support/faultServer';
import { until } from '../support/until';
import { openToRun, signInToEditor, useBrowser } from './support/browser';
import { API_KEY, nodeCredentials, workflowNode } from './support/n8n';
import { takePicture } from './support/pictures';
import { useForFile } from './support/useForFile';
import { useN8n, useServerStarter } from './support/useN8n';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n({
	credentialName: 'ChatGPT account',
	models: [
		{ id: 'gpt-4.1-mini', created: 1744318173 },
		{ id: 'gpt-5-mini', created: 1754425928 },
		{ id: 'text-embedding-3-small', created: 1705948997 },
	],
	behave: () => ok({ text: 'Paris is the capital of France.', latencyMs: 300 }),
});
const startServer = useServerStarter();
const browser = useBrowser();
// Each test goes on where the one before it has left the editor.
const page = useForFile(async () => await signInToEditor(browser, session.url));

const picture = async (name: string, of: Page | Locator = page) => await takePicture(name, of);

test('a person opens the node, chooses a model, runs the workflow and reads the reply', async () => {
	const { id } = await createWorkflow(session, {
		name: 'Ask about cities',
		nodes: [
			workflowNode('Start', 'n8n-nodes-base.manualTrigger', 1, 0, {}),
			workflowNode('City', 'n8n-nodes-base.set', 3.4, 1, {
				mode: 'raw',
				jsonOutput: '{"city": "Paris"}',
				options: {},
			}),
			{
				...workflowNode('ChatGPT', 'n8n-nodes-chatgpt.chatGpt', 1, 2, {
					messages: {
						values: [
							{ role: 'system', content: 'You answer in one short sentence.' },
							{ role: 'user', content: '=Of which country is {{ $json.city }} the capital?' },
						],
					},
					options: {},
				}),
				credentials: nodeCredentials(credential),
			},
		],
		connections: {
			Start: { main: [[{ node: 'City', type: 'main', index: 0 }]] },
			City: { main: [[{ node: 'ChatGPT', type: 'main', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	});
	await openToRun(page, `${session.url}/workflow/${id}`);
	const node = page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' });
	await node.getByText('gpt-4.1-mini', { exact: true }).waitFor();
	await node.dblclick();

	const panel = page.getByTestId('node-parameters');
	for (const label of [
		'Resource',
		'Operation',
		'Model',
		'Messages',
		'Temperature',
		'Maximum Tokens',
		'Options',
	]) {
		await panel.getByText(label, { exact: true }).first().waitFor();
	}
	await page.getByTestId('rlc-input-container').click();
	const models = page.getByTestId('rlc-item');
	// The editor shows the chosen one first; the server's list follows.
	await models.nth(2).waitFor();
	expect((await models.allInnerTexts()).map((text) => text.trim())).toEqual([
		'gpt-4.1-mini',
		'gpt-5-mini',
		'text-embedding-3-small',
	]);
	await models.filter({ hasText: 'gpt-5-mini' }).click();
	await page.getByTestId('ndv-close-button').click();
	await node.getByText('gpt-5-mini', { exact: true }).waitFor();

	await page.getByTestId('execute-workflow-button').click();
	await page.getByTestId('canvas-node-status-success').nth(2).waitFor();
	await picture('workflow');
	await node.dblclick();
	await page.getByTestId('output-panel').getByText('Paris is the capital of France.').waitFor();
	await picture('node');

	expect(server.lastRequest().body).toEqual({
		model: 'gpt-5-mini',
		messages: [
			{ role: 'system', content: 'You answer in one short sentence.' },
			{ role: 'user', content: 'Of which country is Paris the capital?' },
		],
	});
});

test('options that are added and not filled in are not sent', async () => {
	const panel = page.getByTestId('node-parameters');
	for (const option of ['Stop Sequences', 'Fallback Models']) {
		await panel.getByTestId('collection-parameter-add').or(panel.getByText('Add Option')).first().click();
		await page
			.getByRole('option', { name: option })
			.or(page.getByRole('menuitem', { name: option }))
			.click();
		await panel.getByText(option, { exact: true }).waitFor();
	}
	await page.getByTestId('node-execute-button').click();
	await until('the step has asked', () => server.requests.length > 0);
	expect(server.lastRequest().body).not.toHaveProperty('stop');
});

test('a step that fails says in the editor what happened and what to do', async () => {
	server.behave(() => wrongKey());
	await page.getByTestId('node-execute-button').click();
	const panel = page.getByTestId('output-panel');
	await panel.getByText('The API refused the key: Incorrect API key provided').first().waitFor();
	await panel.getByText('paste a valid API key and test the connection').first().waitFor();
	expect(await panel.innerText()).not.toContain(API_KEY);
	await picture('error');
});

test('the credential dialog says whether the key works', async () => {
	await page.getByTestId('credential-edit-button').click();
	const dialog = page.getByTestId('editCredential-modal');
	await dialog.getByText('Connection tested successfully').waitFor();
	expect(await dialog.innerText()).not.toContain(API_KEY);
	await picture('credential');

	const refusing = await startServer({ models: wrongKey() });
	await dialog.getByTestId('parameter-input-baseUrl').locator('input').fill(refusing.baseUrl);
	await page.getByTestId('credential-save-button').click();
	await dialog.getByText('More details').click();
	await dialog.getByText('The server refused the API key (401)').first().waitFor();
	await picture('credential-refused');
});
