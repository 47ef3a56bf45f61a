import type { Outcome } from '../../../client/pacing/pacer';
import { askAll, RateLimitedAccount, type AccountOptions } from '../../support/rateLimitedAccount';
import { virtualPacer } from '../../support/virtualPacer';

/** 600 requests a minute, counted by the second, as OpenAI does. */
const ACCOUNT: AccountOptions = { capacity: 10, perSecond: 10, limit: 600 };

interface Runs {
	requests?: number;
	atOnce?: number;
	count?: number;
	requestsPerMinute?: number;
}

/** The share of what is allowed that is used, and the share of that which is rejected: the averages of five seeds. */
async function measureUse(
	options: Partial<AccountOptions>,
	{ requests = 300, atOnce = 10, count = 1, requestsPerMinute }: Runs = {},
): Promise<{ share: number; refused: number }> {
	const seeds = [1, 2, 3, 4, 5];
	const sum = { share: 0, refused: 0 };
	for (const seed of seeds) {
		const { clock, pacer } = virtualPacer();
		const account = new RateLimitedAccount(clock, { ...ACCOUNT, seed, ...options });
		const run = () =>
			askAll({ pacer, clock, ask: () => account.ask() }, { requests, atOnce, requestsPerMinute });
		await clock.runUntil(Promise.all(Array.from({ length: count }, run)));
		expect(account.answered).toBe(requests * count);
		sum.share += account.share;
		sum.refused += account.refused / account.answered;
	}
	return { share: sum.share / seeds.length, refused: sum.refused / seeds.length };
}

const inSeconds = (ms: number) => Math.ceil(ms / 1000) * 1000;

describe('at least 95 % of what an account allows is used', () => {
	test.each<[string, Partial<AccountOptions>, Runs]>([
		['as OpenAI says it', {}, {}],
		['many saved up', { capacity: 60 }, {}],
		['few saved up', { capacity: 5 }, { requests: 1000 }],
		['a minute saved up', { capacity: 600 }, { requests: 2000, atOnce: 20 }],
		['a limit per second', { limit: 10 }, {}],
		['waits in seconds', { namesWait: inSeconds }, {}],
		['two runs', {}, { requests: 500, count: 2 }],
		['all back every minute', { refill: 'every minute', capacity: 600 }, { requests: 1800, atOnce: 20 }],
	])('95 %% of an account with headers is used, and 2 %% rejected at most: %s', async (_, account, runs) => {
		const { share, refused } = await measureUse({ reset: 'of all', ...account }, runs);
		expect(share).toBeGreaterThanOrEqual(0.95);
		expect(refused).toBeLessThanOrEqual(0.02);
	});

	test.each<[string, Partial<AccountOptions>, Runs]>([
		['as OpenAI counts', {}, {}],
		['for long', {}, { requests: 3000 }],
		['many saved up', { capacity: 60 }, {}],
		['few saved up', { capacity: 5 }, {}],
		['a minute saved up', { capacity: 600 }, { requests: 2000, atOnce: 20 }],
		['waits in seconds', { namesWait: inSeconds }, {}],
		['two runs', {}, { count: 2 }],
		['all back every minute', { refill: 'every minute', capacity: 600 }, { requests: 1800, atOnce: 20 }],
		['headers that say only when the next request may come', { reset: 'of one' }, {}],
	])(
		'95 %% of an account without headers is used, and 5 %% rejected at most: %s',
		async (_, account, runs) => {
			const { share, refused } = await measureUse(account, runs);
			expect(share).toBeGreaterThanOrEqual(0.95);
			expect(refused).toBeLessThanOrEqual(0.05);
		},
	);

	test('95 % of a limit that is set is used, and none rejected, though hardly any are saved up', async () => {
		const { share, refused } = await measureUse({ capacity: 2 }, { requestsPerMinute: 600 });
		expect(share).toBeGreaterThanOrEqual(0.95);
		expect(refused).toBe(0);
	});
});

test('without a limit nothing is held back', async () => {
	const { clock, pacer, elapsed } = virtualPacer();
	const account = new RateLimitedAccount(clock, { capacity: 1e9, perSecond: 1e9, latencyMs: [200, 200] });
	await clock.runUntil(askAll({ pacer, clock, ask: () => account.ask() }, { requests: 1000, atOnce: 10 }));
	expect(elapsed()).toBe(20_000);
});

/** Asks ten at a time for a minute. */
async function askForAMinute(serve: (at: number) => Outcome) {
	const { clock, pacer, elapsed } = virtualPacer();
	const asked: number[] = [];
	let inFlight = 0;
	let fullAt = Infinity;
	const ask = async () => {
		asked.push(elapsed());
		const outcome = serve(elapsed());
		inFlight++;
		if (inFlight === 10 && elapsed() > 10_000) fullAt = Math.min(fullAt, elapsed());
		await clock.sleep(outcome.kind === 'answered' ? 200 : 5);
		inFlight--;
		return outcome;
	};
	await clock.runUntil(
		Promise.race([askAll({ pacer, clock, ask }, { requests: Infinity, atOnce: 10 }), clock.sleep(60_000)]),
	);
	return { asked, fullAt };
}

test('a server in an outage is asked less and less, and soon after it as much as before', async () => {
	const { asked, fullAt } = await askForAMinute((at) =>
		at < 10_000 ? { kind: 'rate_limited', waitMs: 3000 } : { kind: 'answered' },
	);
	// Ten at first, then half as many each time.
	expect(asked.filter((at) => at < 10_000).length).toBeLessThanOrEqual(20);
	expect(fullAt).toBeLessThan(16_000);
});

test('a limit that was raised is soon used', async () => {
	const { clock, pacer, elapsed } = virtualPacer();
	const low = new RateLimitedAccount(clock, { ...ACCOUNT, capacity: 2, perSecond: 2 });
	const high = new RateLimitedAccount(clock, ACCOUNT);
	const ask = () => (elapsed() < 60_000 ? low : high).ask();
	await clock.runUntil(askAll({ pacer, clock, ask }, { requests: 1000, atOnce: 10 }));
	// Of 880 requests at ten a second, after a minute at two.
	expect(elapsed()).toBeLessThan(60_000 + 88_000 + 20_000);
});

test('a rate learned is remembered for ten idle seconds, and then forgotten', async () => {
	const startedAfter = async (idleMs: number) => {
		const { clock, pacer, pass, run, acquire } = virtualPacer();
		const account = new RateLimitedAccount(clock, { capacity: 10, perSecond: 1 });
		await clock.runUntil(askAll({ pacer, clock, ask: () => account.ask() }, { requests: 60, atOnce: 10 }));
		await pass(idleMs);
		for (let i = 0; i < 10; i++) void acquire();
		return 10 - run.waiting;
	};
	expect(await startedAfter(10_000)).toBeLessThan(5);
	expect(await startedAfter(10_001)).toBe(10);
});
