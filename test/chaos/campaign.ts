/**
 * The fault campaign, `npm run test:chaos`: thousands of items with random settings meet random faults. All chance
 * comes from the seed, which jest draws, or takes from `--seed`.
 */
import { violations } from './checks';
import { isTooBusy } from './requestChecks';
import { runScenario, warmUp } from './runScenario';
import { scenarioOf } from './scenario';

/** About two minutes. */
const SCENARIOS = Number(process.env.CHAOS_SCENARIOS ?? 70);

const seed = jest.getSeed();
const replay = `npm run test:chaos -- --seed ${seed}`;
const totals = {
	items: 0,
	requests: 0,
	violations: 0,
	'executions judged mildly, the machine being busy': 0,
};
const met = new Map<string, number>();

// Jest would keep what is printed with `console` until the end.
const print = (lines: string[]) => process.stderr.write(`${lines.join('\n')}\n`);

beforeAll(async () => {
	print([`Seed ${seed}; to replay it: ${replay}`]);
	await warmUp();
});

test.each(Array.from({ length: SCENARIOS }, (_, number) => number))(
	'the checks find nothing in scenario %i',
	async (number) => {
		const record = await runScenario(scenarioOf(seed, number));
		const found = violations(record);
		for (const execution of record.executions) {
			totals.items += execution.plan.items.length;
			if (isTooBusy(record, execution)) totals['executions judged mildly, the machine being busy']++;
		}
		totals.requests += record.meetings.length;
		totals.violations += found.length;
		for (const { kind } of record.meetings) met.set(kind, (met.get(kind) ?? 0) + 1);
		if (found.length === 0) return;
		throw new Error([...found.slice(0, 20), `To replay it: ${replay} -t 'scenario ${number}$'`].join('\n'));
	},
	60_000,
);

afterAll(() => {
	const kinds = [...met].sort(([, a], [, b]) => b - a);
	print([
		`Seed ${seed}:`,
		...Object.entries(totals).map(([what, count]) => `${count} ${what}`),
		'What the requests met:',
		...kinds.map(([kind, count]) => `${String(count).padStart(7)} ${kind}`),
	]);
});
