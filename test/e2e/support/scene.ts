import { randomUUID } from 'node:crypto';
import {
	call,
	createCredential,
	publishWorkflow,
	type Session,
	type Workflow,
	type WorkflowData,
} from '../../../playground/n8nApi';
import type { RecordedRequest } from '../../support/faultServer';
import type { FaultServerInUse } from '../../support/useFaultServer';
import { importExample, readExample } from './examples';
import { startPostgres, type Postgres } from './postgres';
import { startSmtp, type Smtp } from './smtp';
import { useForFile } from './useForFile';
import { useN8n } from './useN8n';

/** What the examples that do a whole job need around them. */
export interface Scene {
	session: Session;
	server: FaultServerInUse;
	postgres: Postgres;
	/** Refuses every e-mail that has the word kitchen in it. */
	smtp: Smtp;
	/** Imports an example, with credentials for all of these. */
	importNamed(name: string): Promise<Workflow>;
	/** Makes the tables that the note of an example asks for, in place of those of another test. */
	makeTables(name: string): Promise<void>;
	/** Publishes the example sort-tickets so that it runs every other second instead of every ten minutes. */
	publishSorting(): Promise<Workflow>;
	unpublish(workflow: Workflow): Promise<void>;
}

/** A scene for the tests of the file. The API answers every question until a test says otherwise. */
export function useScene(): Scene {
	const { session, server, credential } = useN8n();
	const postgres = useForFile(startPostgres, (started) => started.stop());
	const smtp = useForFile(
		async () => await startSmtp({ refusing: 'kitchen' }),
		(started) => started.stop(),
	);
	const others = useForFile(async () => {
		const agentModel = { apiKey: 'sk-agent-model', url: server.baseUrl, header: false };
		const data = { postgres: postgres.credential, smtp: smtp.credential, openAiApi: agentModel };
		const create = async ([type, values]: [string, object]) =>
			await createCredential(session, { name: `${type} ${randomUUID()}`, type, data: { ...values } });
		return await Promise.all(Object.entries(data).map(create));
	});
	const sorting: Workflow[] = [];
	const unpublish = async ({ id }: Workflow): Promise<void> =>
		await call(session, 'POST', `/workflows/${id}/deactivate`);
	const importWorkflow = async (data: WorkflowData) =>
		await importExample(session, data, [credential, ...others]);
	// A schedule would go on into the tests after one that failed.
	afterEach(async () => {
		for (const workflow of sorting.splice(0)) await unpublish(workflow);
	});
	return {
		session,
		server,
		postgres,
		smtp,
		importNamed: async (name) => await importWorkflow(readExample(name)),
		makeTables: async (name) => {
			const notes = JSON.stringify(readExample(name).nodes.map(({ parameters }) => parameters.content));
			for (const [, sql, table] of notes.matchAll(/`(create table (\w+) [^`]+)`/g)) {
				await postgres.run(`drop table if exists ${table}`);
				await postgres.run(sql!);
			}
		},
		publishSorting: async () => {
			const example = readExample('sort-tickets');
			const schedule = example.nodes.find(({ type }) => type.endsWith('scheduleTrigger'))!;
			schedule.parameters = { rule: { interval: [{ field: 'seconds', secondsInterval: 2 }] } };
			const workflow = await importWorkflow(example);
			await publishWorkflow(session, workflow);
			sorting.push(workflow);
			return workflow;
		},
		unpublish,
	};
}

/** The text that a ready job was given. */
export function readJobText({ body }: RecordedRequest): string {
	return (body.messages as Array<{ content: string }>).at(-1)!.content;
}
