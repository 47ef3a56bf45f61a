/** How well an account's 600 requests a minute are used. */
import { compare } from '../report/measurement';
import { throughOurWindow, throughPLimit, unanswered, type AskAll } from './support/askAll';
import { inOwnProcess, rounds } from './support/inOwnProcess';
import { startFaultyServer } from './support/startServer';
import { OPENAI_SDK, openAiSdk, ours, type Ask } from './support/waysToAsk';
import type { ServerFault } from '../servers/faultyServer';

interface Variant {
	name: string;
	fault: ServerFault;
	/** Runs at the same time with the same key. */
	runs: number;
	/** An option of the node, which the SDK does not have. */
	option?: { requestsPerMinute: number };
}

const VARIANTS: Variant[] = [
	{ name: 'limit in headers', fault: 'limit told', runs: 1 },
	{ name: 'limit not told', fault: 'limit not told', runs: 1 },
	{
		name: 'limit not told but set in the node',
		fault: 'limit not told',
		runs: 1,
		option: { requestsPerMinute: 600 },
	},
	{ name: 'two runs on one key', fault: 'limit told', runs: 2 },
];
/** What the server allows: ten at first, and ten a second. */
const allowed = (ms: number) => 10 + ms / 100;

interface Use {
	/** Of what was allowed, in per cent. */
	share: number[];
	/** 429s, in per cent of the items. */
	wasted: number[];
	lost: number[];
}

inOwnProcess(async ({ quick }) => {
	const items = quick ? 60 : 300;
	const none = (): Use => ({ share: [], wasted: [], lost: [] });
	const results = VARIANTS.map((variant) => ({ variant, mine: none(), theirs: none() }));
	// All at once, each with a server of its own: they wait most of the time.
	await rounds(quick ? 1 : 3, async () => {
		await Promise.all(
			results.flatMap(({ variant, mine, theirs }) => {
				const connect = (baseUrl: string) => ours(baseUrl, variant.option);
				return [
					use(variant, items, connect, throughOurWindow, mine),
					...(variant.option ? [] : [use(variant, items, openAiSdk, throughPLimit, theirs)]),
				];
			}),
		);
	});
	return results.flatMap(({ variant, mine, theirs }) => {
		const peers = (key: keyof Use) =>
			theirs[key].length === 0 ? [] : [{ name: OPENAI_SDK, values: theirs[key] }];
		const measure = (what: string) => `600 requests a minute, ${variant.name}: ${what}`;
		return [
			...compare(measure('use of the limit'), '%', mine.share, peers('share'), { is: '≥', limit: 95 }),
			...compare(measure('429s per item'), '%', mine.wasted, peers('wasted'), { is: '≤', limit: 2 }),
			...compare(measure('items lost'), '', mine.lost, peers('lost'), { is: '=', limit: 0 }),
		];
	});
});

async function use(
	{ fault, runs }: Variant,
	items: number,
	connect: (baseUrl: string) => Ask,
	askAll: AskAll,
	into: Use,
): Promise<void> {
	const server = await startFaultyServer<{ refused: number }>(fault);
	const started = performance.now();
	const ended = await Promise.all(
		Array.from({ length: runs }, async () => await askAll(connect(server.baseUrl), items)),
	);
	const elapsed = performance.now() - started;
	const replies = ended.flat();
	const lost = unanswered(replies);
	const { refused } = await server.counts();
	server.stop();
	into.share.push(((replies.length - lost) / allowed(elapsed)) * 100);
	into.wasted.push((refused / replies.length) * 100);
	into.lost.push(lost);
}
