import { randomUUID } from 'node:crypto';
import {
	call,
	createCredential,
	publishWorkflow,
	type Session,
	type Workflow,
} from '../../../playground/n8nApi';
import { ok, startFaultServer, type FaultServer, type RecordedRequest } from '../../support/faultServer';
import { importExample, readExample } from './examples';
import { chatGptCredential, signInToN8n } from './n8n';
import { startPostgres, type Postgres } from './postgres';
import { startSmtp, type Smtp } from './smtp';

/** What the examples that do a whole job need around them. */
export interface Scene {
	session: Session;
	server: FaultServer;
	postgres: Postgres;
	/** Refuses whatever has the word kitchen in it. */
	smtp: Smtp;
	/** Imports an example, with credentials for all of these. */
	importNamed(name: string): Promise<Workflow>;
	/** Makes the tables that the note of an example asks for, in place of those of another test. */
	makeTables(name: string): Promise<void>;
	/** Publishes the example sort-tickets so that it runs every other second instead of every ten minutes. */
	publishSorting(): Promise<Workflow>;
	unpublish(workflow: Workflow): Promise<void>;
	stop(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
	const stops: Array<() => Promise<void>> = [];
	const stop = async () => {
		for (const end of stops.splice(0).reverse()) await end();
	};
	try {
		const server = await startFaultServer();
		stops.push(() => server.close());
		const postgres = await startPostgres();
		stops.push(() => postgres.stop());
		const smtp = await startSmtp({ refusing: 'kitchen' });
		stops.push(() => smtp.stop());
		const session = signInToN8n();
		const unpublish = async ({ id }: Workflow): Promise<void> =>
			await call(session, 'POST', `/workflows/${id}/deactivate`);
		const agentModel = { apiKey: 'sk-agent-model', url: server.baseUrl, header: false };
		const credential = async (type: string, data: object) =>
			await createCredential(session, { name: `${type} ${randomUUID()}`, type, data: { ...data } });
		const credentials = [
			await chatGptCredential(session, { baseUrl: server.baseUrl }),
			await credential('postgres', postgres.credential),
			await credential('smtp', smtp.credential),
			await credential('openAiApi', agentModel),
		];
		return {
			session,
			server,
			postgres,
			smtp,
			importNamed: async (name) => await importExample(session, readExample(name), credentials),
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
				const workflow = await importExample(session, example, credentials);
				await publishWorkflow(session, workflow);
				// Lest it goes on into the tests after one that failed.
				stops.push(() => unpublish(workflow));
				return workflow;
			},
			unpublish,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** From now on, the API answers whatever it is asked. */
export function resetServer({ server }: Scene): void {
	server.reset();
	server.behave(() => ok());
}

/** The text that a ready job was given. */
export function textIn({ body }: RecordedRequest): string {
	return (body.messages as Array<{ content: string }>).at(-1)!.content;
}
