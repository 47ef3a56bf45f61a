import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../playground/installPackage';
import { interruption } from '../playground/interruption';
import { ownerSetupOrSignIn, type Session } from '../playground/n8nApi';
import { ensureHost } from '../playground/n8nHost';
import { startN8n } from '../playground/n8nProcess';
import { dependencies } from '../playground/package.json';
import { stopAllGroups } from '../playground/processGroups';
import { createReport, type Report } from '../playground/report';
import { OWNER } from '../test/e2e/support/n8n';
import { command } from './commandLine';
import { runWay, type WayRun } from './n8n/runWay';
import { latencyMs } from './n8n/server';
import { OURS, RIVALS } from './n8n/ways';
import { ITEMS_OUT, WALL_TIME } from './report/chart';
import { compare, type Measurement } from './report/measurement';
import { tell } from './report/tell';

const ITEMS = 100;
const SOCKETS = 'Sockets opened for 100 items';
const WAYS = [OURS, ...RIVALS];
const IDEAL_SECONDS =
	Array.from({ length: ITEMS }, (_, item) => latencyMs(item)).reduce((a, b) => a + b) / 10_000;

/** What `npm run bench:n8n` does: the same questions in a real n8n, asked by our node and by n8n's own. */
command([], async (options) => {
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-chatgpt-bench-'));
	let outcome: number | Measurement[];
	try {
		const measured = measureInN8n(createReport(), userFolder, options.isQuick);
		outcome = await Promise.race([interruption(), measured]);
	} finally {
		await stopAllGroups();
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	}
	if (typeof outcome === 'number') process.exit(outcome);
	await tell('n8n', outcome, [`n8n ${dependencies.n8n} with a Node of its own`], options);
	// The listeners for Ctrl-C do not end by themselves.
	process.exit();
});

async function measureInN8n(report: Report, userFolder: string, isQuick: boolean): Promise<Measurement[]> {
	const host = await ensureHost(report);
	await report.step('Pack and install the package', async () => await installPackage(userFolder));
	const { url } = await report.step('Start n8n', async () => await startN8n({ host, userFolder }));
	const session = await ownerSetupOrSignIn(url, OWNER);
	const warmUp = async () => {
		for (const way of WAYS) await runWay(way, session, { items: 2 });
	};
	await report.step('Let every node load what it needs', warmUp);
	return await measure(report, session, isQuick);
}

async function measure(report: Report, session: Session, isQuick: boolean): Promise<Measurement[]> {
	const calm = new Map<string, WayRun[]>(WAYS.map(({ name }) => [name, []]));
	const rounds = isQuick ? 1 : Math.max(...WAYS.map((way) => way.rounds));
	for (let round = 0; round < rounds; round++) {
		for (const way of WAYS.filter((each) => round < each.rounds)) {
			const run = await report.step(
				`${ITEMS} items, round ${round + 1}: ${way.name}`,
				async () => await runWay(way, session, { items: ITEMS }),
			);
			if (run.itemsOut !== ITEMS) throw new Error(`${way.name}: ${run.itemsOut} of ${ITEMS} items came out`);
			calm.get(way.name)!.push(run);
		}
	}
	const troubled = new Map<string, WayRun[]>();
	for (const way of WAYS) {
		const run = await report.step(
			`${ITEMS} items, 10 % faults: ${way.name}`,
			async () => await runWay(way, session, { items: ITEMS, faultRate: 0.1 }),
		);
		troubled.set(way.name, [run]);
	}

	const values = (runs: Map<string, WayRun[]>, name: string, of: keyof WayRun) =>
		runs.get(name)!.map((run) => run[of]);
	const ours = (runs: Map<string, WayRun[]>, of: keyof WayRun) => values(runs, OURS.name, of);
	const rivals = (runs: Map<string, WayRun[]>, of: keyof WayRun) =>
		RIVALS.map(({ name }) => ({ name, values: values(runs, name, of) }));
	const few = { is: '≤', limit: 12 } as const;
	const all = { is: '=', limit: ITEMS } as const;
	const ideal = { name: 'ideal at 10 at once', values: [IDEAL_SECONDS] };
	return [
		{
			measure: WALL_TIME,
			unit: 's',
			ours: ours(calm, 'seconds'),
			peer: ideal,
			goal: { of: 'ratio', is: '≤', limit: 1.1 },
		},
		...compare(WALL_TIME, 's', ours(calm, 'seconds'), rivals(calm, 'seconds')),
		...compare('Most requests at once', '', ours(calm, 'mostAtOnce'), rivals(calm, 'mostAtOnce')),
		...compare(SOCKETS, '', ours(calm, 'socketsOpened'), rivals(calm, 'socketsOpened'), few),
		...compare(ITEMS_OUT, '', ours(troubled, 'itemsOut'), rivals(troubled, 'itemsOut'), all),
	];
}
