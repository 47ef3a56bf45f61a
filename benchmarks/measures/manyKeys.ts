/** What stays in memory after 10,000 API keys were used once each. */
import { compare } from '../report/measurement';
import { askSimply } from './support/askAll';
import { inOwnProcess, rounds } from './support/inOwnProcess';
import { heapUsed, MB } from './support/memory';
import { startFixedReply } from './support/startServer';
import { ours } from './support/waysToAsk';

inOwnProcess(async ({ quick }) => {
	const keys = quick ? 1_000 : 10_000;
	const { baseUrl } = await startFixedReply();
	let used = 0;
	const askWithNewKey = async (question: string) =>
		await ours(baseUrl, {}, `sk-bench-${String(used++).padStart(40, '0')}`)(question);
	await askSimply(askWithNewKey, 1_000);

	const grown: number[] = [];
	await rounds(quick ? 1 : 3, async () => {
		const before = await heapUsed();
		await askSimply(askWithNewKey, keys);
		grown.push(((await heapUsed()) - before) / MB);
	});
	return compare(`Heap after ${keys} API keys`, 'MB', grown, [], { is: '≤', limit: 20 });
});
