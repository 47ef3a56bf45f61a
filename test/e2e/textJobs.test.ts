import { startStandInApi } from '../../playground/standInApi';
import { callingTools, ok, type RecordedRequest } from '../support/faultServer';
import { importExample, publishExample, readExample } from './support/examples';
import { agentWithTool } from './support/agent';
import { chatGptCredential, post, publish } from './support/n8n';
import { useForFile } from './support/useForFile';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const n8n = useN8n({ behave: playBoth });
const api = useForFile(startStandInApi, (started) => started.stop());
let url: string;
beforeAll(async () => {
	const { session } = n8n;
	const credential = await chatGptCredential(session, { baseUrl: api.baseUrl });
	url = await publishExample(
		session,
		await importExample(session, readExample('classify-and-route'), [credential]),
	);
});

test.each([
	['Please refund my last payment.', 'Accounting'],
	['The new lamp flickers.', 'Workshop'],
	['Where is my parcel?', 'Shipping'],
	['Do you have vacancies?', 'A person reads it'],
])('the letter %j goes to the department: %s', async (text, department) => {
	const response = await post(url, { text });
	expect(await response.json()).toMatchObject({ department, attempts: 1 });
});

test('an agent may have a text classified by a node that otherwise has an output per category', async () => {
	const workflow = await agentWithTool(n8n, 'Sorter', {
		toolDescription: 'Sorts letters',
		resource: 'text',
		operation: 'classify',
		text: "={{ $fromAI('letter', 'The letter', 'string') }}",
		categories: { values: [{ name: 'Billing' }, { name: 'Delivery' }] },
		outputPerCategory: true,
	});
	const agent = await publish(n8n.session, workflow);
	const response = await post(agent.url, { question: 'Sort it.' });
	// The second category, which would be the second output.
	expect(await response.text()).toMatch(/category[\\"]+:[\\"]+Delivery/);
});

/** The agent's model, which calls the tool and says what it got, and the model of the tool. */
function playBoth({ body }: RecordedRequest) {
	const { tools, messages } = body as {
		tools?: Array<{ function: { name: string } }>;
		messages: Array<{ role: string; content: string }>;
	};
	if (!tools) return ok({ text: '{"category": "Delivery"}' });
	const said = messages.find(({ role }) => role === 'tool');
	if (said) return ok({ text: `It says ${JSON.stringify(said.content)}` });
	return callingTools([[tools[0]!.function.name, { letter: 'Where is my parcel?' }]]);
}
