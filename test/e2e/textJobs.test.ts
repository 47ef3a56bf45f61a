import { publishSamples, type PublishedSamples } from '../../playground/sampleWorkflows';
import { waitForWebhook, type Session } from '../../playground/n8nApi';
import { startStandInApi } from '../../playground/standInApi';
import { chatGptCredential, signInToN8n } from './support/n8n';

jest.setTimeout(120_000);

let api: Awaited<ReturnType<typeof startStandInApi>>;
let session: Session;
let samples: PublishedSamples;
beforeAll(async () => {
	api = await startStandInApi();
	session = signInToN8n();
	samples = await publishSamples(session, await chatGptCredential(session, { baseUrl: api.baseUrl }));
	await waitForWebhook(samples.letters.url);
});
afterAll(() => api.stop());

test.each([
	['Please refund my last payment.', 'Accounting'],
	['The new lamp flickers.', 'Workshop'],
	['Where is my parcel?', 'Shipping'],
	['Do you have vacancies?', 'A person reads it'],
])('the letter %j goes to: %s', async (text, department) => {
	const response = await fetch(samples.letters.url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ text }),
	});
	expect(await response.json()).toMatchObject({ department, attempts: 1 });
});
