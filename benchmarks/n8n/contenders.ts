import { randomUUID } from 'node:crypto';
import { NodeConnectionTypes, type INode } from 'n8n-workflow';
import { createCredential, type Session, type WorkflowData } from '../../playground/n8nApi';
import { API_KEY, bulkWorkflow, chatGptCredential, workflowNode } from '../../test/e2e/support/n8n';

/** A node, or several together, that asks in n8n. */
export interface Contender {
	/** Also that of the node which asks. */
	name: string;
	rounds: number;
	/** What stands in the place of our node: the node which asks and, if it needs one, the model below it. */
	nodes?(baseUrl: string): [asking: INode, model?: INode];
}

const QUESTION = '={{ $json.question }}';
const MODEL = 'gpt-4.1-mini';
const modelId = { __rl: true, mode: 'id', value: MODEL };
const LANGCHAIN = '@n8n/n8n-nodes-langchain';

export const OURS: Contender = { name: 'ChatGPT', rounds: 3 };

/** n8n's own, as they are when dragged in, but for the chain's batches of ten. */
export const RIVALS: Contender[] = [
	{
		name: 'OpenAI node 2.3',
		// It asks for one reply after the other: forty seconds a round.
		rounds: 2,
		nodes() {
			const parameters = { modelId, responses: { values: [{ content: QUESTION }] } };
			return [workflowNode(this.name, `${LANGCHAIN}.openAi`, 2.3, 2, parameters)];
		},
	},
	{
		name: 'Basic LLM Chain',
		rounds: 3,
		nodes() {
			const parameters = { promptType: 'define', text: QUESTION, batching: { batchSize: 10 } };
			return [
				workflowNode(this.name, `${LANGCHAIN}.chainLlm`, 1.9, 2, parameters),
				workflowNode('OpenAI Chat Model', `${LANGCHAIN}.lmChatOpenAi`, 1.3, 2, { model: modelId }),
			];
		},
	},
	{
		name: 'HTTP Request',
		rounds: 3,
		nodes(baseUrl) {
			const parameters = {
				method: 'POST',
				url: `${baseUrl}/chat/completions`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'openAiApi',
				sendBody: true,
				specifyBody: 'json',
				jsonBody: `={{ { model: "${MODEL}", messages: [{ role: "user", content: $json.question }] } }}`,
			};
			return [workflowNode(this.name, 'n8n-nodes-base.httpRequest', 4.5, 2, parameters)];
		},
	},
];

/** Webhook → Split Out → the node which asks, with a credential for the server. */
export async function workflowOf(
	contender: Contender,
	session: Session,
	baseUrl: string,
): Promise<WorkflowData> {
	const ours = bulkWorkflow({ credential: await chatGptCredential(session, { baseUrl }) });
	if (!contender.nodes) return ours;

	const name = `OpenAI ${randomUUID()}`;
	const data = { apiKey: API_KEY, url: baseUrl };
	const { id } = await createCredential(session, { name, type: 'openAiApi', data });
	const [asking, model] = contender.nodes(baseUrl);
	(model ?? asking).credentials = { openAiApi: { id, name } };

	const workflow = { ...ours, nodes: [...ours.nodes.slice(0, 2), asking] };
	workflow.connections['Split Out'] = {
		main: [[{ node: asking.name, type: NodeConnectionTypes.Main, index: 0 }]],
	};
	if (model) {
		workflow.nodes.push(model);
		workflow.connections[model.name] = {
			ai_languageModel: [[{ node: asking.name, type: NodeConnectionTypes.AiLanguageModel, index: 0 }]],
		};
	}
	return workflow;
}
