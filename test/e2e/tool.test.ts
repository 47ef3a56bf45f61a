import { randomUUID } from 'node:crypto';
import { createCredential, type Session } from '../../playground/n8nApi';
import { ok, startFaultServer, type FaultServer, type RecordedRequest } from '../support/faultServer';
import { chatGptCredential, lastExecution, publish, signInToN8n, workflowNode } from './support/n8n';

jest.setTimeout(60_000);

let server: FaultServer;
let session: Session;
beforeAll(async () => {
	server = await startFaultServer();
	session = signInToN8n();
});
afterAll(() => server.close());

/** Plays the agent's model: first it calls the tool, then it answers with what the tool said. */
function agentModel(request: RecordedRequest) {
	const tools = request.body.tools as Array<{ function: { name: string } }> | undefined;
	if (!tools) return ok({ text: 'Bonjour' });
	const messages = request.body.messages as Array<{ role: string; content: string }>;
	const toolReply = messages.find(({ role }) => role === 'tool');
	if (toolReply) return ok({ text: `The expert says: ${toolReply.content}` });
	return ok({
		body: {
			choices: [
				{
					index: 0,
					finish_reason: 'tool_calls',
					message: {
						role: 'assistant',
						content: null,
						tool_calls: [
							{
								id: 'call_1',
								type: 'function',
								function: { name: tools[0]!.function.name, arguments: '{"question":"Hello in French?"}' },
							},
						],
					},
				},
			],
		},
	});
}

test("the node works as a tool of n8n's AI Agent, which fills in the message", async () => {
	server.behave(agentModel);
	const chatGpt = await chatGptCredential(session, { baseUrl: server.baseUrl });
	const openAi = await createCredential(session, {
		name: 'Agent model',
		type: 'openAiApi',
		data: { apiKey: 'sk-agent-model', url: server.baseUrl, header: false },
	});
	const { id, url } = await publish(session, {
		name: 'Agent with ChatGPT as a tool',
		nodes: [
			workflowNode('Webhook', 'n8n-nodes-base.webhook', 2.1, 0, {
				httpMethod: 'POST',
				path: randomUUID(),
				responseMode: 'lastNode',
				options: {},
			}),
			workflowNode('AI Agent', '@n8n/n8n-nodes-langchain.agent', 3.1, 1, {
				promptType: 'define',
				text: '={{ $json.body.question }}',
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
				...workflowNode('Language expert', 'n8n-nodes-chatgpt.chatGptTool', 1, 2, {
					toolDescription: 'Answers questions about languages',
					messages: {
						values: [{ role: 'user', content: "={{ $fromAI('question', 'The question', 'string') }}" }],
					},
					options: {},
				}),
				credentials: { chatGptApi: { id: chatGpt.id, name: chatGpt.name } },
			},
		],
		connections: {
			Webhook: { main: [[{ node: 'AI Agent', type: 'main', index: 0 }]] },
			Model: { ai_languageModel: [[{ node: 'AI Agent', type: 'ai_languageModel', index: 0 }]] },
			'Language expert': { ai_tool: [[{ node: 'AI Agent', type: 'ai_tool', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	});
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ question: 'How do I greet in Paris?' }),
	});
	const { data } = await lastExecution(session, id);
	expect(data.resultData.error).toBeUndefined();
	expect(await response.text()).toContain('Bonjour');
	const [, ours] = server.requests;
	expect(ours?.body).toEqual({
		model: 'gpt-4.1-mini',
		messages: [{ role: 'user', content: 'Hello in French?' }],
	});
});
