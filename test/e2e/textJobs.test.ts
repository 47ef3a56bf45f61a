import { randomUUID } from 'node:crypto';
import { createCredential, type Session } from '../../playground/n8nApi';
import { startStandInApi } from '../../playground/standInApi';
import { ok, startFaultServer, type RecordedRequest } from '../support/faultServer';
import { importExample, publishExample, readExample } from './support/examples';
import { chatGptCredential, publish, signInToN8n, workflowNode } from './support/n8n';

jest.setTimeout(120_000);

let api: Awaited<ReturnType<typeof startStandInApi>>;
let session: Session;
let url: string;
beforeAll(async () => {
	api = await startStandInApi();
	session = signInToN8n();
	const credential = await chatGptCredential(session, { baseUrl: api.baseUrl });
	url = await publishExample(
		session,
		await importExample(session, readExample('classify-and-route'), [credential]),
	);
});
afterAll(() => api.stop());

test.each([
	['Please refund my last payment.', 'Accounting'],
	['The new lamp flickers.', 'Workshop'],
	['Where is my parcel?', 'Shipping'],
	['Do you have vacancies?', 'A person reads it'],
])('the letter %j goes to: %s', async (text, department) => {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ text }),
	});
	expect(await response.json()).toMatchObject({ department, attempts: 1 });
});

test('an agent may have a text classified, by a node that otherwise has an output for each category', async () => {
	const server = await startFaultServer({ behave: playBoth });
	try {
		const chatGpt = await chatGptCredential(session, { baseUrl: server.baseUrl });
		const openAi = await createCredential(session, {
			name: 'Agent model',
			type: 'openAiApi',
			data: { apiKey: 'sk-agent-model', url: server.baseUrl, header: false },
		});
		const { url } = await publish(session, {
			name: 'Agent that has letters sorted',
			nodes: [
				workflowNode('Webhook', 'n8n-nodes-base.webhook', 2.1, 0, {
					httpMethod: 'POST',
					path: randomUUID(),
					responseMode: 'lastNode',
					options: {},
				}),
				workflowNode('AI Agent', '@n8n/n8n-nodes-langchain.agent', 3.1, 1, {
					promptType: 'define',
					text: 'Sort it.',
					options: { enableStreaming: false },
				}),
				{
					...workflowNode('Model', '@n8n/n8n-nodes-langchain.lmChatOpenAi', 1.3, 1, {
						model: { __rl: true, mode: 'id', value: 'gpt-4.1-mini' },
						responsesApiEnabled: false,
						options: {},
					}),
					credentials: { openAiApi: { id: openAi.id, name: openAi.name } },
				},
				{
					...workflowNode('Sorter', 'n8n-nodes-chatgpt.chatGptTool', 1, 2, {
						toolDescription: 'Sorts letters',
						resource: 'text',
						operation: 'classify',
						text: "={{ $fromAI('letter', 'The letter', 'string') }}",
						categories: { values: [{ name: 'Billing' }, { name: 'Delivery' }] },
						outputPerCategory: true,
						options: {},
					}),
					credentials: { chatGptApi: { id: chatGpt.id, name: chatGpt.name } },
				},
			],
			connections: {
				Webhook: { main: [[{ node: 'AI Agent', type: 'main', index: 0 }]] },
				Model: { ai_languageModel: [[{ node: 'AI Agent', type: 'ai_languageModel', index: 0 }]] },
				Sorter: { ai_tool: [[{ node: 'AI Agent', type: 'ai_tool', index: 0 }]] },
			},
			settings: { executionOrder: 'v1' },
		});
		const response = await fetch(url, { method: 'POST' });
		// The second category, which would be the second output.
		expect(await response.text()).toMatch(/category[\\"]+:[\\"]+Delivery/);
	} finally {
		await server.close();
	}
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
	const call = { name: tools[0]!.function.name, arguments: '{"letter": "Where is my parcel?"}' };
	const message = {
		role: 'assistant',
		content: null,
		tool_calls: [{ id: 'call_1', type: 'function', function: call }],
	};
	return ok({ body: { choices: [{ index: 0, finish_reason: 'tool_calls', message }] } });
}
