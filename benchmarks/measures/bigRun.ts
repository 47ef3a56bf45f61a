/** 10,000 items through the built node, run by n8n-core's engine. */
import './support/outsideJest';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { numberedItems, runChatGpt } from '../../test/support/chatGptRun';
import { compare } from '../report/measurement';
import { inOwnProcess } from './support/inOwnProcess';
import { collectGarbage, heapUsed, MB } from './support/memory';
import { startFixedReply } from './support/startServer';

const LOOK_EVERY_MS = 20;

inOwnProcess(async ({ quick }) => {
	const count = quick ? 1_000 : 10_000;
	const server = await startFixedReply();
	await runChatGpt(server, { items: numberedItems(1_000) });

	const items = numberedItems(count);
	await collectGarbage();
	const before = process.memoryUsage.rss();
	let most = before;
	const looks = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), LOOK_EVERY_MS);
	const delay = monitorEventLoopDelay({ resolution: 1 });
	const result = await runChatGpt(server, { items, onStart: () => void delay.enable() });
	delay.disable();
	clearInterval(looks);

	const output = result.output('ChatGPT');
	if (output.length !== count) throw new Error(`${output.length} of ${count} items came out`);
	await collectGarbage();
	const end = process.memoryUsage.rss();
	const over = before + (await weightOf(output));
	const measure = (what: string) => `${count} items: ${what}`;
	return [
		...compare(measure('most memory over the outputs'), 'MB', [(most - over) / MB], [], {
			is: '<',
			limit: 100,
		}),
		...compare(measure('memory left over the outputs'), 'MB', [(end - over) / MB], []),
		...compare(measure('longest block of the event loop'), 'ms', [delay.max / 1e6], [], {
			is: '≤',
			limit: 50,
		}),
	];
});

/** What a copy takes of the heap. */
async function weightOf(output: object): Promise<number> {
	const before = await heapUsed();
	const copy = structuredClone(output);
	const weight = (await heapUsed()) - before;
	// A use after the measuring, or it could be collected before.
	return copy === output ? 0 : weight;
}
