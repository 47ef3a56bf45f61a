import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, streamed } from '../support/faultServer';
import { until } from '../support/until';
import { useBrowser } from './support/browser';
import { openChatPage } from './support/chatPage';
import { importExample, publishExample, readExample } from './support/examples';
import { takePicture } from './support/pictures';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n({ credentialName: 'ChatGPT account' });
const browser = useBrowser();

const publishSample = async (name: string) =>
	await publishExample(session, await importExample(session, readExample(name), [credential]));

const QUESTION = 'My name is Ada. How does an abacus work?';
const ANSWER = [
	'Nice to meet you, Ada! An abacus is a frame with beads on wires, and each wire stands for a digit.',
	'You add by moving beads to the bar in the middle. When a wire is full, you clear it,',
	'and move one bead on the next wire instead.',
].join(' ');

test('the chat page shows the reply while it is written, remembers it, and shows it again after a reload', async () => {
	const page = await openChatPage(browser, await publishSample('chat-with-memory'));
	const input = page.locator('textarea');
	const replies = page.locator('.chat-message-from-bot:not(.chat-message-typing)');
	const say = async (text: string) => {
		// Until a reply is complete, the page takes no other message.
		await page.locator('.chat-message-typing').waitFor({ state: 'detached' });
		await input.fill(text);
		await input.press('Enter');
	};
	const reply = async () => (await replies.last().innerText()).trim();
	await input.waitFor();

	server.behave(() => streamed({ text: ANSWER, pieces: 50, everyMs: 400 }));
	await say(QUESTION);
	await until(
		'half of the reply is there',
		async () => (await reply()).includes('stands for a digit'),
		60_000,
	);
	const half = await reply();
	await takePicture('chat', page);
	// Still so after the picture.
	expect((await reply()).length).toBeLessThan(ANSWER.length);
	expect(ANSWER.startsWith(half)).toBe(true);
	await until('the whole reply is there', async () => (await reply()) === ANSWER, 60_000);

	server.behave(() => streamed({ text: 'Your name is Ada.' }));
	await say('What is my name?');
	await until('the second reply is there', async () => (await reply()) === 'Your name is Ada.', 60_000);
	expect(server.requests.map(({ body }) => (body as { messages: unknown }).messages)).toEqual([
		[
			{ role: 'system', content: 'You are a friendly assistant. Answer briefly.' },
			{ role: 'user', content: QUESTION },
		],
		[
			{ role: 'system', content: 'You are a friendly assistant. Answer briefly.' },
			{ role: 'user', content: QUESTION },
			{ role: 'assistant', content: ANSWER },
			{ role: 'user', content: 'What is my name?' },
		],
	]);

	await page.reload();
	await page.getByText('What is my name?').waitFor();
	expect(await reply()).toBe('Your name is Ada.');
});

test('a picture that is posted to the sample describe-image comes to the model', async () => {
	const url = await publishSample('describe-image');
	server.behave(() => ok({ text: 'Three nodes in a row.' }));
	const image = readFileSync(join(__dirname, '../../docs/screenshots/workflow.png'));
	const body = new FormData();
	body.set('image', new Blob([image], { type: 'image/png' }), 'workflow.png');
	const response = await fetch(url, { method: 'POST', body });
	expect(await response.json()).toMatchObject({ text: 'Three nodes in a row.' });
	expect(server.lastRequest().body).toMatchObject({
		messages: [
			{
				role: 'user',
				content: [
					{ type: 'text', text: 'Describe this image in one sentence.' },
					{
						type: 'image_url',
						image_url: { url: `data:image/png;base64,${image.toString('base64')}` },
					},
				],
			},
		],
	});
});
