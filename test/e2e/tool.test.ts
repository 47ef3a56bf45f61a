import type { Session } from '../../playground/n8nApi';
import {
	callingTools,
	ok,
	startFaultServer,
	type FaultServer,
	type RecordedRequest,
} from '../support/faultServer';
import { agentWithTool } from './support/agent';
import { lastExecution, post, publish, signInToN8n } from './support/n8n';

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
	return callingTools([[tools[0]!.function.name, { question: 'Hello in French?' }]]);
}

test("the node works as a tool of n8n's AI Agent, which fills in the message", async () => {
	server.behave(agentModel);
	const workflow = await agentWithTool(session, server, 'Language expert', {
		toolDescription: 'Answers questions about languages',
		messages: { values: [{ role: 'user', content: "={{ $fromAI('question', 'The question', 'string') }}" }] },
	});
	const { id, url } = await publish(session, workflow);
	const response = await post(url, { question: 'How do I greet in Paris?' });
	const { data } = await lastExecution(session, id);
	expect(data.resultData.error).toBeUndefined();
	expect(await response.text()).toContain('Bonjour');
	const [, ours] = server.requests;
	expect(ours?.body).toEqual({
		model: 'gpt-4.1-mini',
		messages: [{ role: 'user', content: 'Hello in French?' }],
	});
});
