import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../../../playground/installPackage';
import { ownerSetupOrSignIn, type Session } from '../../../playground/n8nApi';
import { ensureHost } from '../../../playground/n8nHost';
import { startN8n, startWorker, type RunningN8n } from '../../../playground/n8nProcess';
import { createReport } from '../../../playground/report';
import { OWNER } from './n8n';
import { startPostgres } from './postgres';
import { startRedis } from './redis';

/** An n8n whose executions run in workers. */
export interface QueueMode {
	/** What every process was told of the queue and the database. */
	variables: string[];
	session: Session;
	/** Starts one more worker, with a copy of the package on its own disk. */
	addWorker(): Promise<RunningN8n>;
	stop(): Promise<void>;
}

/**
 * Starts n8n in queue mode, with Redis and PostgreSQL, and no worker yet.
 *
 * @param env more settings for the main process and all workers.
 */
export async function startQueueMode(env: Record<string, string>): Promise<QueueMode> {
	const stops: Array<() => Promise<void>> = [];
	const stop = async () => {
		for (const one of stops.reverse()) await one();
	};
	try {
		const host = await ensureHost(createReport());
		const redis = await startRedis();
		stops.push(redis.stop);
		const postgres = await startPostgres();
		stops.push(postgres.stop);
		const { credential: database } = postgres;
		const shared = {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: redis.host,
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: database.host,
			DB_POSTGRESDB_PORT: String(database.port),
			DB_POSTGRESDB_DATABASE: database.database,
			DB_POSTGRESDB_USER: database.user,
			DB_POSTGRESDB_PASSWORD: database.password,
			N8N_ENCRYPTION_KEY: 'end-to-end-queue-mode',
		};
		const start = async (program: typeof startN8n) => {
			const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-queue-'));
			stops.push(() => rm(userFolder, { recursive: true, force: true }));
			await installPackage(userFolder);
			const n8n = await program({ host, userFolder, env: { ...shared, ...env } });
			stops.push(n8n.stop);
			return n8n;
		};
		const main = await start(startN8n);
		const session = await ownerSetupOrSignIn(main.url, OWNER);
		return { session, variables: Object.keys(shared), addWorker: () => start(startWorker), stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
