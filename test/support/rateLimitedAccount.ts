import type { Clock } from '../../client/core/clock';
import type { Outcome, PacedRequest, Pacer } from '../../client/pacing/pacer';
import { backoffMs } from '../../client/core/backoff';

export interface AccountOptions {
	/** How many requests the account may make when it was idle for long. */
	capacity: number;
	/** How many it may make a second. */
	perSecond: number;
	/** When they come back: one by one, or all together when a minute is over. */
	refill?: 'evenly' | 'every minute';
	/** What its answers say in x-ratelimit headers: nothing, or the time until all is back, or only until one is. */
	reset?: 'none' | 'of all' | 'of one';
	/** What the headers name as the limit; the capacity unless given. */
	limit?: number;
	/** The wait that a refusal names, made of the shortest that helps, in milliseconds. */
	namesWait?: (shortest: number) => number | undefined;
	/** Shortest and longest answer, in milliseconds. */
	latencyMs?: [number, number];
	/** Which answers take how long. */
	seed?: number;
}

/** What a provider does with the requests of an account, in virtual time. */
export class RateLimitedAccount {
	answered = 0;
	refused = 0;
	inFlight = 0;
	private readonly options: Required<AccountOptions>;
	private left: number;
	private readonly openedAt: number;
	private countedAt: number;
	private admittedAt: number;
	private chance: number;

	constructor(
		private readonly clock: Clock,
		options: AccountOptions,
	) {
		const { capacity: limit } = options;
		this.options = {
			refill: 'evenly',
			reset: 'none',
			limit,
			namesWait: Math.ceil,
			latencyMs: [100, 300],
			seed: 1,
			...options,
		};
		this.left = limit;
		this.chance = this.options.seed * 1e6;
		this.openedAt = this.countedAt = this.admittedAt = clock.now();
	}

	/** Requests admitted, of all that it allowed until the last of them. */
	get share(): number {
		const { capacity, perSecond, refill } = this.options;
		const comeBack =
			refill === 'evenly'
				? ((this.admittedAt - this.openedAt) / 1000) * perSecond
				: this.minutes(this.admittedAt) * capacity;
		return this.answered / (capacity + comeBack);
	}

	async ask(): Promise<Outcome> {
		const now = this.clock.now();
		this.comeBack(now);
		const { namesWait, latencyMs } = this.options;
		if (this.left < 1) {
			this.refused++;
			const waitMs = namesWait(this.msUntil(1));
			const headers = this.headers();
			await this.clock.sleep(5);
			return { kind: 'rate_limited', headers, waitMs };
		}
		this.left--;
		this.answered++;
		this.admittedAt = now;
		const headers = this.headers();
		const [shortest, longest] = latencyMs;
		await this.clock.sleep(shortest + (longest - shortest) * this.random());
		return { kind: 'answered', headers };
	}

	private comeBack(now: number): void {
		const { capacity, perSecond, refill } = this.options;
		if (refill === 'evenly') this.left += ((now - this.countedAt) / 1000) * perSecond;
		else if (this.minutes(now) > this.minutes(this.countedAt)) this.left = capacity;
		this.left = Math.min(capacity, this.left);
		this.countedAt = now;
	}

	private minutes(at: number): number {
		return Math.floor((at - this.openedAt) / 60_000);
	}

	private msUntil(left: number): number {
		const { perSecond, refill } = this.options;
		if (refill === 'every minute') return 60_000 - ((this.countedAt - this.openedAt) % 60_000);
		return Math.max(0, ((left - this.left) / perSecond) * 1000);
	}

	private headers(): Record<string, string> {
		const { capacity, limit, reset } = this.options;
		if (reset === 'none') return {};
		return {
			'x-ratelimit-limit-requests': String(limit),
			'x-ratelimit-remaining-requests': String(Math.floor(this.left)),
			'x-ratelimit-reset-requests': `${Math.ceil(this.msUntil(reset === 'of all' ? capacity : 1))}ms`,
		};
	}

	/** The same numbers for the same seed (Lehmer's generator). */
	private random(): number {
		this.chance = (this.chance * 16807) % 2147483647;
		return this.chance / 2147483647;
	}
}

/** Asks until so many requests are answered, some at a time, as a run does: what is refused waits and asks again. */
export async function askAll(
	{ pacer, clock, ask }: { pacer: Pacer; clock: Clock; ask: () => Promise<Outcome> },
	{ requests, atOnce, ...limits }: { requests: number; atOnce: number } & Partial<PacedRequest>,
): Promise<void> {
	const paced = { run: { waiting: 0 }, bytes: 100, maxWaitMs: 120_000, ...limits };
	let begun = 0;
	const worker = async () => {
		while (begun++ < requests) {
			for (let retry = 0; ; retry++) {
				const permit = await pacer.acquire(paced);
				const outcome = await ask();
				permit.release(outcome);
				if (outcome.kind === 'answered') break;
				await clock.sleep(outcome.waitMs ?? backoffMs(retry, clock.random));
			}
		}
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
}
