import { randomUUID } from 'node:crypto';
import type { INodeParameters } from 'n8n-workflow';
import { createCredential, type Session, type WorkflowData } from '../../../playground/n8nApi';
import { chatGptCredential, workflowNode } from './n8n';

/** Webhook → AI Agent with a chat model of n8n's own and our node as its tool; both ask the same server. */
export async function agentWithTool(
	session: Session,
	server: { baseUrl: string },
	tool: string,
	parameters: INodeParameters,
): Promise<WorkflowData> {
	const chatGpt = await chatGptCredential(session, { baseUrl: server.baseUrl });
	const openAi = await createCredential(session, {
		name: 'Agent model',
		type: 'openAiApi',
		data: { apiKey: 'sk-agent-model', url: server.baseUrl, header: false },
	});
	return {
		name: `Agent with ${tool}`,
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
				...workflowNode(tool, 'n8n-nodes-chatgpt.chatGptTool', 1, 2, { options: {}, ...parameters }),
				credentials: { chatGptApi: { id: chatGpt.id, name: chatGpt.name } },
			},
		],
		connections: {
			Webhook: { main: [[{ node: 'AI Agent', type: 'main', index: 0 }]] },
			Model: { ai_languageModel: [[{ node: 'AI Agent', type: 'ai_languageModel', index: 0 }]] },
			[tool]: { ai_tool: [[{ node: 'AI Agent', type: 'ai_tool', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	};
}
