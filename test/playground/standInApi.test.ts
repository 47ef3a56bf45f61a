import { createClient } from '../../client/client';
import { createTransport } from '../../client/http/transport';
import { startStandInApi } from '../../playground/standInApi';
import { options } from '../support/clientCalls';

test('the stand-in API answers whatever the node can ask', async () => {
	const { apiKey, baseUrl, stop } = await startStandInApi();
	const client = createClient({ apiType: 'openai', apiKey, baseUrl }, createTransport());
	const { choices } = await client.complete(
		{ model: 'gpt-3.5-turbo-instruct', prompt: ['A', 'B'], n: 2, echo: true },
		options({ stream: {} }),
	);
	expect(choices.map(({ text }) => text.slice(0, 17))).toEqual([
		'A … and so on (1)',
		'A … and so on (2)',
		'B … and so on (1)',
		'B … and so on (2)',
	]);
	const verdict = async (input: string) =>
		(await client.moderate([{ model: 'omni-moderation-latest', input }], options())).flagged;
	expect(await verdict('You stupid thing!')).toBe(true);
	expect(await verdict('You are kind.')).toBe(false);
	const { models } = await client.listModels(options());
	expect(models.map(({ id }) => id)).toEqual(
		expect.arrayContaining(['gpt-4.1-mini', 'gpt-3.5-turbo-instruct']),
	);
	await stop();
});
