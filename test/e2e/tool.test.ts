import { callingTools, ok, type RecordedRequest } from '../support/faultServer';
import { agentWithTool } from './support/agent';
import { lastExecution, post, publish } from './support/n8n';
import { useN8n } from './support/useN8n';

jest.setTimeout(60_000);

const n8n = useN8n({ behave: agentModel });

/** Plays the agent's model: first it calls the tool, then it answers with what the tool said. */
function agentModel(request: RecordedRequest) {
	const tools = request.body.tools as Array<{ function: { name: string } }> | undefined;
	if (!tools) return ok({ text: 'Bonjour' });
	const messages = request.body.messages as Array<{ role: string; content: string }>;
	const toolReply = messages.find(({ role }) => role === 'tool');
	if (toolReply) return ok({ text: `The expert says: ${toolReply.content}` });
	return callingTools([[tools[0]!.function.name, { question: 'Hello in French?' }]]);
}

test("the node works as a tool of n8n's AI Agent, which fills in the message", async () => {
	const workflow = await agentWithTool(n8n, 'Language expert', {
		toolDescription: 'Answers questions about languages',
		messages: { values: [{ role: 'user', content: "={{ $fromAI('question', 'The question', 'string') }}" }] },
	});
	const { id, url } = await publish(n8n.session, workflow);
	const response = await post(url, { question: 'How do I greet in Paris?' });
	const { data } = await lastExecution(n8n.session, id);
	expect(data.resultData.error).toBeUndefined();
	expect(await response.text()).toContain('Bonjour');
	const [, ours] = n8n.server.requests;
	expect(ours?.body).toEqual({
		model: 'gpt-4.1-mini',
		messages: [{ role: 'user', content: 'Hello in French?' }],
	});
});
