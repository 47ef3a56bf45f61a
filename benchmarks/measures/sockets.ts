/** Sockets opened for 1,000 calls, ten at once. */
import { compare } from '../report/measurement';
import { askSimply } from './support/askAll';
import { inOwnProcess, rounds } from './support/inOwnProcess';
import { startFixedReply } from './support/startServer';
import { OPENAI_SDK, openAiSdk, ours, type Ask } from './support/waysToAsk';

inOwnProcess(async ({ quick }) => {
	const [mine, theirs]: [number[], number[]] = [[], []];
	await rounds(quick ? 1 : 3, async () => {
		mine.push(await socketsOpened(ours));
		theirs.push(await socketsOpened(openAiSdk));
	});
	return compare('Sockets opened for 1,000 calls', '', mine, [{ name: OPENAI_SDK, values: theirs }], {
		is: '≤',
		limit: 12,
	});
});

/** On a server of its own: connections kept from before would not be counted. */
async function socketsOpened(connect: (baseUrl: string) => Ask): Promise<number> {
	const server = await startFixedReply();
	await askSimply(connect(server.baseUrl), 1_000);
	const { socketsOpened } = await server.counts();
	server.stop();
	return socketsOpened;
}
