import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../../playground/freePorts';
import { startNativeServer } from './nativeServer';

const run = promisify(execFile);

/** Where Debian puts it, by version. */
const INSTALLED = '/usr/lib/postgresql';
const LOGIN = { host: '127.0.0.1', database: 'postgres', user: 'postgres', password: 'EndToEnd1' };

export interface Postgres {
	/** The data of n8n's credential of the type postgres. */
	credential: typeof LOGIN & { port: number; ssl: 'disable' };
	query<Row>(sql: string): Promise<Row[]>;
	/** For what gives no rows. */
	run(sql: string): Promise<void>;
	stop(): Promise<void>;
}

/** Starts a PostgreSQL on a free loopback port; its data go when it stops. */
export async function startPostgres(): Promise<Postgres> {
	const program = await findPrograms();
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-postgres-'));
	const as = { cwd: folder, ...(await owner()) };
	const data = join(folder, 'data');
	await makeCluster(program('initdb'), data, as);
	// Not before: that takes seconds, in which another can take the port.
	const [port] = (await freePorts(1)) as [number];

	const psql = async (sql: string) => {
		const env = { ...process.env, PGPASSWORD: LOGIN.password };
		const connection = ['-h', LOGIN.host, '-p', String(port), '-U', LOGIN.user, '-d', LOGIN.database];
		return await run(program('psql'), [...connection, '-v', 'ON_ERROR_STOP=1', '-XAtc', sql], { env });
	};
	const query = async <Row>(sql: string): Promise<Row[]> => {
		const { stdout } = await psql(`select coalesce(json_agg(found), '[]') from (${sql}) found`);
		return JSON.parse(stdout) as Row[];
	};
	const settings = [`listen_addresses=${LOGIN.host}`, 'unix_socket_directories=', 'fsync=off'];
	const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
	const stop = await startNativeServer({
		name: 'PostgreSQL',
		command: [program('postgres'), ...args],
		as,
		stopSignal: 'SIGINT',
		answers: () => query('select 1'),
	});
	return {
		credential: { ...LOGIN, port, ssl: 'disable' },
		query,
		run: async (sql) => void (await psql(sql)),
		stop,
	};
}

async function makeCluster(initdb: string, data: string, as: { cwd: string } & Partial<User>): Promise<void> {
	try {
		const passwordFile = join(as.cwd, 'password');
		await writeFile(passwordFile, LOGIN.password);
		if (as.uid) for (const path of [as.cwd, passwordFile]) await chown(path, as.uid, as.gid!);
		const cluster = ['-D', data, '-U', LOGIN.user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
		await run(initdb, [...cluster, '--encoding=UTF8', '--no-sync'], as);
	} catch (error) {
		await rm(as.cwd, { recursive: true, force: true });
		throw error;
	}
}

async function findPrograms(): Promise<(name: string) => string> {
	const versions = await readdir(INSTALLED).catch(() => []);
	const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
	const folder = process.env.POSTGRES_BIN ?? (newest && join(INSTALLED, newest, 'bin'));
	if (folder) return (name) => join(folder, name);
	throw new Error(
		'These tests need PostgreSQL: run "apt-get update && apt-get install postgresql", or set POSTGRES_BIN to the folder of its programs.',
	);
}

interface User {
	uid: number;
	gid: number;
}

/** PostgreSQL refuses to run as root; its package has made a user for it. */
async function owner(): Promise<User | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const id = async (which: string) => Number((await run('id', [which, 'postgres'])).stdout);
	return { uid: await id('-u'), gid: await id('-g') };
}
