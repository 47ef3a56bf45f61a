/** CPU of one plain call. */
import type { Measurement } from '../report/measurement';
import { askSimply } from './support/askAll';
import { inOwnProcess, rounds } from './support/inOwnProcess';
import { collectGarbage } from './support/memory';
import { startFixedReply } from './support/startServer';
import {
	AI_SDK,
	BARE_UNDICI,
	bareUndici,
	OPENAI_SDK,
	openAiSdk,
	ours,
	vercelAiSdk,
	type Ask,
} from './support/waysToAsk';

const CALLS = 1_000;
const OURS = 'ours';
/** How much of each peer's CPU a call of ours may take. */
const MOST = { [BARE_UNDICI]: 1.6, [OPENAI_SDK]: 1 / 3, [AI_SDK]: 1 / 3 };

inOwnProcess(async ({ quick }) => {
	const { baseUrl } = await startFixedReply();
	const ways: Record<string, Ask> = {
		[OURS]: ours(baseUrl),
		[BARE_UNDICI]: bareUndici(baseUrl),
		[OPENAI_SDK]: openAiSdk(baseUrl),
		[AI_SDK]: await vercelAiSdk(baseUrl),
	};
	// Until the compiler has seen enough of each.
	for (const ask of Object.values(ways)) await askSimply(ask, quick ? CALLS : 4 * CALLS);

	const cpuMs: Record<string, number[]> = {};
	await rounds(quick ? 2 : 7, async () => {
		for (const [name, ask] of Object.entries(ways)) (cpuMs[name] ??= []).push(await cpuMsPerCall(ask));
	});
	return Object.entries(MOST).map(([name, limit]): Measurement => ({
		measure: 'CPU per plain call',
		unit: 'ms',
		ours: cpuMs[OURS]!,
		peer: { name, values: cpuMs[name]! },
		goal: { of: 'ratio', is: '≤', limit },
	}));
});

async function cpuMsPerCall(ask: Ask): Promise<number> {
	await collectGarbage();
	const before = process.cpuUsage();
	await askSimply(ask, CALLS);
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000 / CALLS;
}
