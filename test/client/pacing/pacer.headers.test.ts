import type { Outcome } from '../../../client/pacing/pacer';
import { ANSWERED, virtualPacer } from '../../support/virtualPacer';

const MINUTE = 60_000;

type Unit = 'requests' | 'tokens';
/** An answer that says so much is left, until when, and of how much. */
function answered(remaining: string, reset: string, limit?: string, unit: Unit = 'requests'): Outcome {
	const headers = {
		[`x-ratelimit-remaining-${unit}`]: remaining,
		[`x-ratelimit-reset-${unit}`]: reset,
		...(limit && { [`x-ratelimit-limit-${unit}`]: limit }),
	};
	return { ...ANSWERED, headers };
}

/** Servers round the time, and so may the pacer. */
const about = (ms: number) => ({
	asymmetricMatch: (actual: number) => actual >= ms && actual <= ms + 20,
	toString: () => `About ${ms}`,
});

describe('when nothing is left, the next request waits', () => {
	const now = virtualPacer().clock.now();
	test.each<[string, number]>([
		['1s', 1000],
		['6m0s', MINUTE],
		['17ms', 17],
		['1m0.5s', MINUTE],
		['30', 30_000],
		['0.25', 250],
		['0s', 0],
		[String(now / 1000 + 7), 7000],
		[String(now + 1500), 1500],
		[new Date(now + 2000).toISOString(), 2000],
		['3600', MINUTE],
		['24h', MINUTE],
	])('a request with nothing left waits as long as "%s" says, a minute at most', async (reset, ms) => {
		const { acquire, startOf } = virtualPacer();
		(await acquire()).release(answered('0', reset, '10'));
		expect(await startOf(acquire({ run: { waiting: 0 } }))).toEqual(about(ms));
	});

	test('the wait with nothing left counts from when the answered request was sent', async () => {
		const { acquire, pass, startOf } = virtualPacer();
		const { release } = await acquire();
		await pass(600);
		release(answered('0', '1s', '10'));
		expect(await startOf(acquire())).toEqual(about(1000));
	});

	test.each<Outcome['kind']>(['failed', 'overloaded'])(
		'a request with nothing left waits, also after an answer that is %s',
		async (kind) => {
			const { acquire, startOf } = virtualPacer();
			(await acquire()).release({ ...answered('0', '1s', '10'), kind });
			expect(await startOf(acquire())).toEqual(about(1000));
		},
	);
});

test.each([
	['-1', '1s'],
	['0', '-1'],
	['0', '-5s'],
	['0', '25h'],
	['0', 'soon'],
	['0', ''],
	['', '1s'],
	['none', '1s'],
	['0.5', '1s'],
	['NaN', '1s'],
])('"%s" left until "%s" makes no request wait', async (remaining, reset) => {
	const { acquire, startOf } = virtualPacer();
	(await acquire()).release(answered(remaining, reset, '10'));
	expect(await startOf(acquire())).toBe(0);
});

test.each<Record<string, string>>([
	{},
	{ 'x-ratelimit-remaining-requests': '0' },
	{ 'x-ratelimit-reset-requests': '1s' },
])('the headers %p alone make no request wait', async (headers) => {
	const { acquire, startOf } = virtualPacer();
	(await acquire()).release({ ...ANSWERED, headers });
	expect(await startOf(acquire())).toBe(0);
});

describe('what is left', () => {
	test('what is left is not overdrawn by requests sent at once, nor by those sent before', async () => {
		const { acquire, run, pass } = virtualPacer();
		const first = await acquire();
		await acquire();
		await acquire();
		// Of nine left, two are taken by requests already under way.
		first.release(answered('9', '10s', '10'));
		for (let i = 0; i < 12; i++) void acquire();
		expect(run.waiting).toBe(5);
		await pass(9990);
		expect(run.waiting).toBe(5);
		await pass(30);
		expect(run.waiting).toBe(0);
	});

	test('what is left is the limit again after a reset, and after each time as long', async () => {
		const { acquire, startOf } = virtualPacer();
		(await acquire()).release(answered('0', '1s', '2'));
		const turns = [acquire(), acquire(), acquire(), acquire(), acquire()];
		const starts = [];
		for (const next of turns) starts.push(await startOf(next));
		expect(starts).toEqual([1000, 1000, 2010, 2010, 3020].map(about));
	});

	test('what is left after a reset is unknown when the limit is', async () => {
		const { acquire, startOf, run } = virtualPacer();
		(await acquire()).release(answered('0', '1s'));
		await startOf(acquire());
		for (let i = 0; i < 100; i++) void acquire();
		expect(run.waiting).toBe(0);
	});

	test('what is left is what the newest request was told, though an older one is answered later', async () => {
		const { acquire, pass, startOf } = virtualPacer();
		const older = await acquire();
		await pass(10);
		const newer = await acquire();
		newer.release(answered('0', '1s', '10'));
		older.release(answered('1', '1s', '10'));
		expect(await startOf(acquire())).toEqual(about(1010));
	});

	test('what is left is the same whichever answer comes first of requests sent together', async () => {
		for (const order of ['in order', 'reversed']) {
			const { acquire, run } = virtualPacer();
			const ends = [];
			for (let remaining = 9; remaining >= 5; remaining--) {
				const { release } = await acquire();
				ends.push(() => release(answered(String(remaining), '10s', '10')));
			}
			if (order === 'reversed') ends.reverse();
			for (const release of ends) release();
			for (let i = 0; i < 8; i++) void acquire();
			expect(run.waiting).toBe(3);
		}
	});

	test('what is left is forgotten when a request is rate-limited, which names its own wait', async () => {
		const { acquire, startOf } = virtualPacer();
		const [first, second] = await Promise.all([acquire(), acquire()]);
		first.release(answered('0', '50s', '10'));
		second.release({ ...answered('0', '50s', '10'), kind: 'rate_limited', waitMs: 2000 });
		expect(await startOf(acquire())).toBe(2000);
	});
});

describe('tokens', () => {
	test('tokens that are left let requests pass that need no more', async () => {
		const { acquire, startOf, elapsed } = virtualPacer();
		(await acquire()).release(answered('15', '1s', '1000', 'tokens'));
		// About ten tokens each.
		await acquire();
		expect(elapsed()).toBe(0);
		expect(await startOf(acquire())).toEqual(about(1000));
	});

	test('a request larger than the token limit goes when all tokens are there', async () => {
		const { acquire, startOf } = virtualPacer();
		(await acquire()).release(answered('90', '1s', '100', 'tokens'));
		expect(await startOf(acquire({ bytes: 3600 }))).toEqual(about(1000));
		const full = virtualPacer();
		(await full.acquire()).release(answered('100', '1s', '100', 'tokens'));
		expect(await full.startOf(full.acquire({ bytes: 3600 }))).toBe(0);
	});

	test('tokens and requests must both be left for a request to go', async () => {
		const { acquire, startOf } = virtualPacer();
		const tokens = answered('0', '2s', '1000', 'tokens');
		(await acquire()).release({
			...ANSWERED,
			headers: { ...answered('0', '1s', '10').headers, ...tokens.headers },
		});
		expect(await startOf(acquire())).toEqual(about(2000));
	});
});
