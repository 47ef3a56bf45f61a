import type { INodePropertyOptions } from 'n8n-workflow';
import { ChatGpt } from '../../nodes/ChatGpt/ChatGpt.node';
import { ok, wrongKey, type RecordedRequest } from '../support/faultServer';
import { useBrowser } from './support/browser';
import { iconContrast } from './support/contrast';
import { API_KEY, signInToN8n } from './support/n8n';
import { inviteNewcomer } from './support/newcomer';
import { takePicture } from './support/pictures';
import { useForFile } from './support/useForFile';
import { useSharedServer } from './support/useN8n';

jest.setTimeout(120_000);

const WRONG_KEY = 'sk-wrong-90c1d7';
const QUESTION = 'Of which country is Paris the capital?';
const { description } = new ChatGpt();

const isRefused = ({ headers }: RecordedRequest) => headers.authorization !== `Bearer ${API_KEY}`;
const server = useSharedServer({
	models: (request) =>
		isRefused(request)
			? wrongKey()
			: [
					{ id: 'gpt-4.1-mini', created: 1744318173 },
					{ id: 'gpt-5', created: 1754425777 },
					{ id: 'gpt-5-mini', created: 1754425928 },
					{ id: 'text-embedding-3-small', created: 1705948997 },
				],
	behave: (request) => (isRefused(request) ? wrongKey() : ok({ text: 'Paris is the capital of France.' })),
});
const browser = useBrowser();
// Each test goes on where the one before it has left the editor.
const page = useForFile(async () => {
	const session = signInToN8n();
	const newcomer = await inviteNewcomer(browser, session, 'newcomer@example.com');
	await newcomer.emulateMedia({ colorScheme: 'light' });
	await newcomer.goto(`${session.url}/workflow/new`);
	return newcomer;
});

const picture = async (name: string) => await takePicture(name, page);

const creator = () => page.getByTestId('node-creator');
const found = () => creator().getByTestId('node-creator-item-name');
const search = async (text: string) => {
	const bar = page.getByTestId('node-creator-search-bar');
	// So that what is found is not still that of the search before.
	await bar.fill('no such node');
	await found().getByText('ChatGPT', { exact: true }).waitFor({ state: 'detached' });
	await bar.fill(text);
	await found().getByText('ChatGPT', { exact: true }).waitFor();
};
const actionToComplete = async () => {
	const action = found().getByText('Complete a chat', { exact: true });
	await action.waitFor();
	// The list before it slides out.
	await found().getByText('ChatGPT', { exact: true }).waitFor({ state: 'detached' });
	return action;
};
const node = () => page.getByTestId('canvas-node').filter({ hasText: 'Complete a chat' });
const panel = () => page.getByTestId('node-parameters');
const output = () => page.getByTestId('output-panel');

test('the first step is a trigger; a search for chatgpt has the node at the top', async () => {
	await page.getByTestId('canvas-add-button').click();
	await creator().getByText('Trigger manually').click();
	await page.getByTestId('canvas-node').waitFor();

	await page.getByTestId('node-creator-plus-button').click();
	for (const text of ['chat gpt', 'openai', 'azure openai', 'vllm', 'chatgpt']) await search(text);
	await found().getByText('OpenAI', { exact: true }).waitFor();
	expect(await found().allInnerTexts()).toEqual(['ChatGPT', 'OpenAI']);
	const item = creator().getByTestId('item-iterator-item').first();
	expect(await item.innerText()).toContain(description.description);
	expect(await iconContrast(item.locator('img').first())).toBeGreaterThan(3);
	await picture('journey-1-search');
});

test('each action has a name; one that is dragged to the canvas is connected with the trigger', async () => {
	await found().getByText('ChatGPT', { exact: true }).click();
	const action = await actionToComplete();
	const operations = description.properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ options }) => options as INodePropertyOptions[]);
	expect((await found().allInnerTexts()).sort()).toEqual(operations.map(({ action }) => action).sort());
	await picture('journey-2-action');

	// The editor places the node itself, wherever the mouse is let go: of n8n 2.41's nodes, only those without a
	// choice of actions follow the mouse.
	await action.hover();
	await page.mouse.down();
	await page.mouse.move(400, 250, { steps: 10 });
	await page.mouse.up();
	await panel().getByText('Messages', { exact: true }).waitFor();
	await page.getByTestId('ndv-close-button').click();
	await node().getByText('gpt-4.1-mini').waitFor();
	await page
		.locator('[data-test-id="edge"][data-target-node-name="Complete a chat"]')
		.waitFor({ state: 'attached' });
	expect(await iconContrast(node().locator('img'))).toBeGreaterThan(3);
});

test('a wrong API key is refused with what to do, and the right one is accepted', async () => {
	await node().dblclick();
	await page.getByTestId('node-credentials-empty-state').getByRole('button').click();
	const dialog = page.getByTestId('editCredential-modal');
	const key = dialog.getByTestId('parameter-input-apiKey').locator('input');
	await dialog.getByTestId('parameter-input-baseUrl').locator('input').fill(server.baseUrl);
	await key.fill(WRONG_KEY);
	await page.getByTestId('credential-save-button').click();
	await dialog.getByText('More details').click();
	const refusal =
		'The server refused the API key (401). Paste a valid key, without quotes or spaces around it.';
	await dialog.getByText(refusal).waitFor();
	expect(await dialog.innerText()).not.toContain(WRONG_KEY);
	await picture('journey-3-wrong-key');

	await key.fill(API_KEY);
	await page.getByTestId('credential-save-button').click();
	// The editor closes the dialog once the test has passed.
	await dialog.waitFor({ state: 'hidden' });
	await page.getByTestId('credential-edit-button').click();
	await dialog.getByText('Connection tested successfully').waitFor();
	expect(await dialog.innerText()).not.toContain(API_KEY);
	await picture('journey-4-connected');
	await dialog.locator('.el-dialog__headerbtn').click();
	await dialog.waitFor({ state: 'hidden' });
});

test('a model is searched for and chosen in the list of the server', async () => {
	await page.getByTestId('rlc-input-container').click();
	const models = page.getByTestId('rlc-item');
	// The editor shows the chosen one first; the server's list follows: chat models first, newest first.
	await models.nth(3).waitFor();
	expect((await models.allInnerTexts()).map((text) => text.trim())).toEqual([
		'gpt-4.1-mini',
		'gpt-5-mini',
		'gpt-5',
		'text-embedding-3-small',
	]);
	await page.getByTestId('rlc-search').fill('gpt-5');
	await models.filter({ hasText: 'text-embedding' }).waitFor({ state: 'detached' });
	await models.filter({ hasText: 'gpt-5-mini' }).waitFor();
	await picture('journey-5-model');
	await models.filter({ hasText: 'gpt-5-mini' }).click();
});

test('the output shows the reply and the tokens it used', async () => {
	await panel().getByTestId('parameter-input-content').locator('textarea').fill(QUESTION);
	await page.getByTestId('node-execute-button').click();
	await output().getByText('Paris is the capital of France.').waitFor();
	await output().getByText('totalTokens').waitFor();
	await picture('journey-6-reply');
	await output().getByTestId('radio-button-json').click();
	await output().getByText('"promptTokens"').waitFor();
	// The editor indents it with spaces that do not break.
	const json = (await output().getByTestId('ndv-data-container').innerText()).replaceAll('\u00a0', ' ');
	expect(JSON.parse(json)).toMatchObject([
		{
			text: 'Paris is the capital of France.',
			finishReason: 'stop',
			model: 'gpt-5-mini',
			usage: { promptTokens: 10, completionTokens: 8, totalTokens: 18 },
			attempts: 1,
		},
	]);
	await picture('journey-7-json');
	expect(server.requests.map(({ body }) => body as unknown)).toEqual([
		{ model: 'gpt-5-mini', messages: [{ role: 'user', content: QUESTION }] },
	]);
});

test('the node has an icon of its own in the dark theme', async () => {
	await page.emulateMedia({ colorScheme: 'dark' });
	const icon = page.getByTestId('ndv').locator('img[src*="chatgpt"]').first();
	await page.getByTestId('ndv').locator('img[src*="chatgpt.dark.svg"]').first().waitFor();
	expect(await iconContrast(icon)).toBeGreaterThan(3);
	await picture('journey-8-dark');
	await page.getByTestId('ndv-close-button').click();
	await node().locator('img[src*="chatgpt.dark.svg"]').waitFor();
	expect(await iconContrast(node().locator('img'))).toBeGreaterThan(3);
	await picture('journey-9-dark-canvas');
	await page.emulateMedia({ colorScheme: 'light' });
	await node().locator('img[src$="chatgpt.svg"]').waitFor();
});

test('the keyboard is enough to add the node, fill it in, run it and read the reply', async () => {
	await page.goto(new URL('/workflow/new', page.url()).href);
	await page.getByTestId('canvas-add-button').waitFor();
	const press = async (...keys: string[]) => {
		for (const key of keys) await page.keyboard.press(key);
	};
	const addStep = async (text: string, name: string) => {
		// The search of the step before would take the letter while it closes.
		await creator().waitFor({ state: 'hidden' });
		await press('n');
		await page.getByTestId('node-creator-search-bar').waitFor();
		await page.keyboard.type(text);
		await found().getByText(name, { exact: true }).waitFor();
		await press('Enter');
	};
	const tabTo = async (testId: string, key = 'Tab') => {
		const isThere = () => page.getByTestId(testId).locator(':scope:focus, :scope :focus').first().isVisible();
		for (let presses = 0; !(await isThere()); presses++) {
			if (presses === 40) throw new Error(`${testId} is not reached with ${key}`);
			await press(key);
		}
	};

	await addStep('manual', 'Trigger manually');
	await page.getByTestId('canvas-node').waitFor();
	await addStep('chatgpt', 'ChatGPT');
	await actionToComplete();
	await press('ArrowDown', 'ArrowUp', 'Enter');
	await panel().getByText('Messages', { exact: true }).waitFor();
	await page.getByTestId('node-credentials-select').waitFor();

	// n8n's list of a resource locator keeps the focus; By ID lets it go on.
	await tabTo('rlc-mode-selector');
	await press('Enter');
	await page.getByRole('option', { name: 'By ID' }).waitFor();
	await press('ArrowDown', 'ArrowDown', 'Enter');
	await tabTo('rlc-input');
	await press('ControlOrMeta+a');
	await page.keyboard.type('gpt-5');
	await tabTo('parameter-input-content');
	await page.keyboard.type(QUESTION);
	await tabTo('node-execute-button', 'Shift+Tab');
	await press('Enter');
	await output().getByText('Paris is the capital of France.').waitFor();
	expect(server.requests.map(({ body }) => body as unknown)).toEqual([
		{ model: 'gpt-5', messages: [{ role: 'user', content: QUESTION }] },
	]);
});
