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
import { runContender, type ContenderRun } from './n8n/runContender';
import { latencyMs } from './n8n/server';
import { OURS, RIVALS } from './n8n/contenders';
import { ITEMS_OUT, WALL_TIME } from './report/chart';
import { compare, type Measurement } from './report/measurement';
import { publishResults } from './report/publish';

const ITEMS = 100;
const SOCKETS = 'Sockets opened for 100 items';
const CONTENDERS = [OURS, ...RIVALS];
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
	await publishResults('n8n', outcome, [`n8n ${dependencies.n8n} with a Node of its own`], options);
	// The listeners for Ctrl-C do not end by themselves.
	process.exit();
});

async function measureInN8n(report: Report, userFolder: string, isQuick: boolean): Promise<Measurement[]> {
	const host = await ensureHost(report);
	await report.step('Pack and install the package', async () => await installPackage(userFolder));
	const { url } = await report.step('Start n8n', async () => await startN8n({ host, userFolder }));
	const session = await ownerSetupOrSignIn(url, OWNER);
	const warmUp = async () => {
		for (const contender of CONTENDERS) await runContender(contender, session, { items: 2 });
	};
	await report.step('Let every node load what it needs', warmUp);
	return await measure(report, session, isQuick);
}

async function measure(report: Report, session: Session, isQuick: boolean): Promise<Measurement[]> {
	const calm = new Map<string, ContenderRun[]>(CONTENDERS.map(({ name }) => [name, []]));
	const rounds = isQuick ? 1 : Math.max(...CONTENDERS.map((contender) => contender.rounds));
	for (let round = 0; round < rounds; round++) {
		for (const contender of CONTENDERS.filter((each) => round < each.rounds)) {
			const run = await report.step(
				`${ITEMS} items, round ${round + 1}: ${contender.name}`,
				async () => await runContender(contender, session, { items: ITEMS }),
			);
			if (run.itemsOut !== ITEMS)
				throw new Error(`${contender.name}: ${run.itemsOut} of ${ITEMS} items came out`);
			calm.get(contender.name)!.push(run);
		}
	}
	const faulty = new Map<string, ContenderRun[]>();
	for (const contender of CONTENDERS) {
		const run = await report.step(
			`${ITEMS} items, 10 % faults: ${contender.name}`,
			async () => await runContender(contender, session, { items: ITEMS, faultRate: 0.1 }),
		);
		faulty.set(contender.name, [run]);
	}

	const values = (runs: Map<string, ContenderRun[]>, name: string, of: keyof ContenderRun) =>
		runs.get(name)!.map((run) => run[of]);
	const ours = (runs: Map<string, ContenderRun[]>, of: keyof ContenderRun) => values(runs, OURS.name, of);
	const rivals = (runs: Map<string, ContenderRun[]>, of: keyof ContenderRun) =>
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
		...compare(ITEMS_OUT, '', ours(faulty, 'itemsOut'), rivals(faulty, 'itemsOut'), all),
	];
}
