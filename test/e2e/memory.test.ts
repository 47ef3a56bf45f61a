import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { createCredential, type WorkflowData } from '../../playground/n8nApi';
import { errorIn } from './support/executions';
import {
	bulkWorkflow,
	figure,
	lastExecution,
	nodeCredentials,
	post,
	publish,
	withSubNodes,
	workflowNode,
} from './support/n8n';
import { startPostgres, type Postgres } from './support/postgres';
import { useForFile } from './support/useForFile';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n();
const postgres = useForFile(startPostgres, (started) => started.stop());
const postgresCredential = async (data: Postgres['credential']) =>
	await createCredential(session, { name: `Postgres ${randomUUID()}`, type: 'postgres', data });
const database = useForFile(async () => await postgresCredential(postgres.credential));

interface Turn {
	sessionId: string;
	text: string;
}

/** Webhook → Split Out → ChatGPT with a memory, which tells sessions apart by a field of each item. */
function memoryWorkflow(memory: INode): WorkflowData {
	const workflow = bulkWorkflow({
		credential,
		parameters: {
			messages: {
				values: [
					{ role: 'system', content: 'Be brief.' },
					{ role: 'user', content: '={{ $json.question.text }}' },
				],
			},
		},
	});
	return withSubNodes(workflow, 'ai_memory', [memory]);
}

const SESSION = { sessionIdType: 'customKey', sessionKey: '={{ $json.question.sessionId }}' };

const postgresMemory = (tableName: string): INode => ({
	...workflowNode('Postgres Chat Memory', '@n8n/n8n-nodes-langchain.memoryPostgresChat', 1.4, 2, {
		...SESSION,
		tableName,
	}),
	credentials: nodeCredentials(database),
});

const simpleMemory = (): INode =>
	workflowNode('Simple Memory', '@n8n/n8n-nodes-langchain.memoryBufferWindow', 1.4, 2, SESSION);

/** One execution with so many items; says what was sent to the API for each. */
async function runTurns({ id, url }: { id: string; url: string }, questions: Turn[]) {
	const earlier = server.requests.length;
	const response = await post(url, { questions });
	await response.text();
	const { status, data } = await lastExecution(session, id);
	expect(data.resultData.error).toBeUndefined();
	expect(status).toBe('success');
	return server.requests
		.slice(earlier)
		.map(({ body }) =>
			(body.messages as Array<{ role: string; content: string }>).map(
				({ role, content }) => `${role}: ${content}`,
			),
		);
}

const tableName = () => `chat_${randomUUID().replaceAll('-', '')}`;

describe.each([
	['Postgres Chat Memory', () => postgresMemory(tableName())],
	['Simple Memory', simpleMemory],
])('%s', (name, memory) => {
	test(`with ${name}, the second execution knows the first`, async () => {
		const workflow = await publish(session, memoryWorkflow(memory()));
		expect(await runTurns(workflow, [{ sessionId: 'ada', text: 'I am Ada.' }])).toEqual([
			['system: Be brief.', 'user: I am Ada.'],
		]);
		const second = await runTurns(workflow, [{ sessionId: 'ada', text: 'Who am I?' }]);
		expect(second).toEqual([
			['system: Be brief.', 'user: I am Ada.', 'assistant: Reply to: I am Ada.', 'user: Who am I?'],
		]);
		figure(`second execution sent ${JSON.stringify(second[0])}`);
	});

	test(`with ${name}, sessions in one run do not see each other`, async () => {
		const workflow = await publish(session, memoryWorkflow(memory()));
		const first = await runTurns(workflow, [
			{ sessionId: 'ada', text: 'I am Ada.' },
			{ sessionId: 'bob', text: 'I am Bob.' },
		]);
		expect(first.toSorted()).toEqual([
			['system: Be brief.', 'user: I am Ada.'],
			['system: Be brief.', 'user: I am Bob.'],
		]);
		const second = await runTurns(workflow, [
			{ sessionId: 'bob', text: 'Who am I? (Bob)' },
			{ sessionId: 'ada', text: 'Who am I? (Ada)' },
		]);
		expect(second.toSorted()).toEqual([
			['system: Be brief.', 'user: I am Ada.', 'assistant: Reply to: I am Ada.', 'user: Who am I? (Ada)'],
			['system: Be brief.', 'user: I am Bob.', 'assistant: Reply to: I am Bob.', 'user: Who am I? (Bob)'],
		]);
	});

	test(`with ${name}, items of one session take turns`, async () => {
		const workflow = await publish(session, memoryWorkflow(memory()));
		const [, second] = await runTurns(workflow, [
			{ sessionId: 'ada', text: 'I am Ada.' },
			{ sessionId: 'ada', text: 'Who am I?' },
		]);
		expect(second).toContain('assistant: Reply to: I am Ada.');
	});
});

test('the table of Postgres Chat Memory holds each question and its answer', async () => {
	const table = tableName();
	const workflow = await publish(session, memoryWorkflow(postgresMemory(table)));
	await runTurns(workflow, [{ sessionId: 'ada', text: 'I am Ada.' }]);
	await runTurns(workflow, [{ sessionId: 'ada', text: 'Who am I?' }]);
	const rows = await postgres.query<{ session_id: string; message: { type: string; content: string } }>(
		`select session_id, message from ${table} order by id`,
	);
	expect(rows.map(({ session_id, message }) => `${session_id} ${message.type}: ${message.content}`)).toEqual([
		'ada human: I am Ada.',
		'ada ai: Reply to: I am Ada.',
		'ada human: Who am I?',
		'ada ai: Reply to: Who am I?',
	]);
	figure(`first row of the table: ${JSON.stringify(rows[0])}`);
});

test('a memory whose database is down fails the item before anything is paid for', async () => {
	const unreachable = await postgresCredential({ ...postgres.credential, port: 1 });
	const memory = { ...postgresMemory(tableName()), credentials: nodeCredentials(unreachable) };
	const { id, url } = await publish(session, memoryWorkflow(memory));
	const response = await post(url, { questions: [{ sessionId: 'ada', text: 'I am Ada.' }] });
	await response.text();
	const execution = await lastExecution(session, id);
	expect(execution.status).toBe('error');
	expect(server.requests).toEqual([]);
	const { message, description } = errorIn(execution);
	expect(message).toMatch(/^The memory Postgres Chat Memory could not be read: /);
	expect(description).toMatch(/^Item 0, Memory: Check the settings and the credential of the memory node/);
	figure(`database down: "${message}" / "${description}"`);
});
