/** Replies to 1,000 items when 30 % of the requests meet a fault. */
import { compare } from '../report/measurement';
import { question, throughOurWindow, throughPLimit, type AskAll } from './support/askAll';
import { inOwnProcess } from './support/inOwnProcess';
import { startFaultyServer } from './support/startServer';
import { OPENAI_SDK, openAiSdk, ours, type Ask } from './support/waysToAsk';

/**
 * Of 1,000 items one meets six faults in a row, which nobody survives with five retries. That is chance, not how well a
 * client retries.
 */
const ENOUGH = { maxRetries: 10 };

// One round is enough: which requests meet a fault is the same every time.
inOwnProcess(async ({ quick }) => {
	const items = quick ? 200 : 1_000;
	const [mine, theirs] = await Promise.all([
		inPlace(ours, throughOurWindow, items),
		inPlace(openAiSdk, throughPLimit, items),
	]);
	return compare(
		`30 % mixed faults, ${items} items: replies in order`,
		'',
		[mine],
		[{ name: OPENAI_SDK, values: [theirs] }],
		{ is: '=', limit: items },
	);
});

/** How many replies are where they belong. */
async function inPlace(
	connect: (baseUrl: string, options: typeof ENOUGH) => Ask,
	askAll: AskAll,
	items: number,
): Promise<number> {
	const server = await startFaultyServer('mixed faults');
	const replies = await askAll(connect(server.baseUrl, ENOUGH), items);
	server.stop();
	return replies.filter((reply, index) => reply === `Reply to: ${question(index)}`).length;
}
