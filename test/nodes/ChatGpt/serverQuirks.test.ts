/** What servers do differently, through the built node; the client's tests and cases have the many. */
import { errorItemOf, onlyItem, runChatGpt } from '../../support/chatGptRun';
import { fail, ok, streamed } from '../../support/faultServer';
import { runText, texts } from '../../support/textRun';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

test('thoughts in the text do not get into a translation', async () => {
	server.behave(() => ok({ text: '<think>\nThey want French.\n</think>\n\nBonjour' }));
	const run = await runText(server, 'translate', { targetLanguage: 'French' }, { items: texts('Hello') });
	expect(onlyItem(run)).toMatchObject({ translation: 'Bonjour' });
});

test('a stream that nobody asked for is a reply', async () => {
	server.behave(() => streamed({ text: 'Paris' }));
	expect(onlyItem(await runChatGpt(server))).toMatchObject({ text: 'Paris', finishReason: 'stop' });
});

test('a request that a proxy finds too large says so', async () => {
	server.behave(() => fail({ status: 413, shape: 'html', message: 'Request Entity Too Large' }));
	expect((await errorItemOf(server, {})).error).toContain('too large for a proxy in front of the server');
});
