import type { INodeParameters } from 'n8n-workflow';
import { createCredential, type WorkflowData } from '../../../playground/n8nApi';
import { nodeCredentials, webhookNode, workflowNode } from './n8n';
import type { N8nInUse } from './useN8n';

/** Webhook → AI Agent with a chat model of n8n's own and our node as its tool; both ask the same server. */
export async function agentWithTool(
	{ session, server, credential }: N8nInUse,
	tool: string,
	parameters: INodeParameters,
): Promise<WorkflowData> {
	const openAi = await createCredential(session, {
		name: 'Agent model',
		type: 'openAiApi',
		data: { apiKey: 'sk-agent-model', url: server.baseUrl, header: false },
	});
	return {
		name: `Agent with ${tool}`,
		nodes: [
			webhookNode('Webhook'),
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
				credentials: nodeCredentials(openAi),
			},
			{
				...workflowNode(tool, 'n8n-nodes-chatgpt.chatGptTool', 1, 2, { options: {}, ...parameters }),
				credentials: nodeCredentials(credential),
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
