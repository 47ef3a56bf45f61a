/** Ten seconds in which the server refuses everything, and what comes after. */
import { compare } from '../report/measurement';
import { throughOurWindow, throughPLimit, unanswered, type AskAll } from './support/askAll';
import { inOwnProcess, rounds } from './support/inOwnProcess';
import { startFaultyServer } from './support/startServer';
import { OPENAI_SDK, openAiSdk, ours, type Ask } from './support/waysToAsk';

const ITEMS = 100;

inOwnProcess(async ({ quick }) => {
	const [mine, theirs] = [none(), none()];
	await rounds(quick ? 1 : 3, async () => {
		await Promise.all([endure(ours, throughOurWindow, mine), endure(openAiSdk, throughPLimit, theirs)]);
	});
	const peer = (values: number[]) => [{ name: OPENAI_SDK, values }];
	return [
		...compare('Outage of 10 s: requests sent in vain', '', mine.inVain, peer(theirs.inVain)),
		...compare('Outage of 10 s: items lost', '', mine.lost, peer(theirs.lost), { is: '=', limit: 0 }),
		...compare('Outage of 10 s: until ten are in flight again', 'ms', mine.backMs, peer(theirs.backMs)),
	];
});

function none() {
	return { inVain: [] as number[], lost: [] as number[], backMs: [] as number[] };
}

async function endure(
	connect: (baseUrl: string) => Ask,
	askAll: AskAll,
	into: ReturnType<typeof none>,
): Promise<void> {
	const server = await startFaultyServer<{ during: number; fullAfterMs: number }>('outage');
	const replies = await askAll(connect(server.baseUrl), ITEMS);
	const { during, fullAfterMs } = await server.counts();
	server.stop();
	into.inVain.push(during);
	into.lost.push(unanswered(replies));
	into.backMs.push(fullAfterMs);
}
