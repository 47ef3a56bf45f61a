import { AdaptiveWindow } from './adaptiveWindow';
import type { Clock } from '../core/clock';
import { LearnedRate } from './learnedRate';
import { TokenBucket } from './tokenBucket';
import { RemainingLimit } from './remainingLimit';
import { backoffMs } from '../core/backoff';

/** Requests that belong together, such as those of one execution. */
export interface Run {
	/** How many of them wait at this moment. */
	waiting: number;
}

/** A request that wants to be sent. */
export interface PacedRequest {
	/** Whose it is: runs take turns. */
	run: Run;
	/** Size of its body, of which its tokens are estimated. */
	bytes: number;
	/** A pause longer than so many milliseconds is ignored: the request goes out, and the server's answer names the wait. */
	maxWaitMs: number;
	/** At most so many requests a minute, together with all who share the pacer and name the same number. */
	requestsPerMinute?: number;
	/** At most so many tokens a minute, likewise. */
	tokensPerMinute?: number;
}

/** How a request ended. */
export interface Outcome {
	/** `rate_limited`: the limit is reached (429); `overloaded`: the server has too much to do (503). */
	kind: 'answered' | 'rate_limited' | 'overloaded' | 'failed';
	/** Of the answer, in lower case. */
	headers?: Record<string, string>;
	/** What the request used, as the server counted it. */
	tokens?: number;
	/** How long the server asks to wait, in milliseconds. */
	waitMs?: number;
}

/** A place among the requests in flight. Must be given back. */
export interface Permit {
	/** Gives the place back; what comes after the first time has no effect. */
	release(outcome: Outcome): void;
}

interface Waiter extends PacedRequest {
	start: (permit: Permit) => void;
	heldBack: boolean;
	requestLimit?: TokenBucket;
	tokenLimit?: TokenBucket;
}

/** A request in flight, and what was noted when it was sent. */
interface SentRequest {
	waiter: Waiter;
	startedAt: number;
	/** Tokens. */
	estimate: number;
	/** How much had been taken of the server's limits by then, its own share included. */
	taken: { requests: number; tokens: number };
	/** To be called when the request met the limit, and so does not count as let through. */
	withdraw: () => void;
}

/** English text has about four bytes to a token. JSON, other languages and replies have more, which usage teaches. */
const TOKENS_PER_BYTE = 1 / 3.6;
/** After so long without a request, what was learned of a busy account says little about it. */
const FORGOTTEN_MS = 10_000;
/** Shorter than what the smallest stores of requests seen, a second's worth, take to fill up. */
const FIRST_PAUSE_MS = 500;
/** Limits named by options are the same few numbers, unless an expression makes them up. More only while in use. */
const MOST_LIMITS = 20;
/** Node's timers cannot be set for more than 24 days. */
const LONGEST_SLEEP_MS = 24 * 60 * 60 * 1000;

/**
 * Decides when the next request of an API key to a model may be sent. All who use both share it, as they share what
 * the account allows:
 *
 * - runs take turns, so that one of five items is not kept waiting by one of five thousand;
 * - a rate limit pauses everyone, not only the request that hit it;
 * - the number of requests at once adapts (`AdaptiveWindow`), and so does their rate (`LearnedRate`);
 * - what the server says is left of its limits is not overdrawn (`RemainingLimit`);
 * - limits that the user sets are kept (`TokenBucket`).
 */
export class Pacer {
	/** In the order in which the runs have their turn. */
	private readonly queues = new Map<Run, Waiter[]>();
	private inFlight = 0;
	private window = new AdaptiveWindow();
	private rate = new LearnedRate();
	private readonly remaining = {
		requests: new RemainingLimit('requests'),
		tokens: new RemainingLimit('tokens'),
	};
	private readonly limits = new Map<string, TokenBucket>();
	/** Tokens a request uses on top of those its bytes stand for, such as the reply's. */
	private extraTokens = 0;
	private pausedUntil = -Infinity;
	private limitedAt = -Infinity;
	private limitsInARow = 0;
	private lastEndedAt = -Infinity;
	private wakeTimer?: { at: number; off: AbortController };

	constructor(private readonly clock: Clock) {}

	/** Whether no request is in flight, waits, or would have to wait. */
	get isIdle(): boolean {
		return this.inFlight === 0 && this.queues.size === 0 && this.clock.now() >= this.pausedUntil;
	}

	/**
	 * Waits until a request may be sent.
	 *
	 * @throws the signal's reason when it aborts.
	 */
	async acquire(request: PacedRequest, signal?: AbortSignal): Promise<Permit> {
		signal?.throwIfAborted();
		if (this.isIdle && this.clock.now() - this.lastEndedAt > FORGOTTEN_MS) {
			this.window = new AdaptiveWindow();
			this.rate = new LearnedRate();
			this.limitsInARow = 0;
		}
		let permit: Permit | undefined;
		const waiter: Waiter = {
			...request,
			requestLimit: this.limit('requests', request.requestsPerMinute),
			tokenLimit: this.limit('tokens', request.tokensPerMinute),
			heldBack: false,
			start: (given) => (permit = given),
		};
		const queue = this.queues.get(request.run);
		if (queue) queue.push(waiter);
		else this.queues.set(request.run, [waiter]);
		request.run.waiting++;
		this.startAll();
		// Mostly there is nothing to wait for.
		if (permit) return permit;
		waiter.heldBack = true;
		return await new Promise<Permit>((resolve, reject) => {
			const giveUp = () => {
				this.remove(waiter);
				reject(signal?.reason as Error);
			};
			waiter.start = (given) => {
				signal?.removeEventListener('abort', giveUp);
				resolve(given);
			};
			signal?.addEventListener('abort', giveUp, { once: true });
		});
	}

	private startAll(): void {
		while (this.inFlight < this.window.size && this.queues.size > 0) {
			const now = this.clock.now();
			const { waiter, ms } = this.nextInLine(now);
			if (!waiter) return this.wakeAt(now + Math.min(ms, LONGEST_SLEEP_MS));
			this.start(waiter, now);
		}
		// A timer keeps the process alive.
		if (this.queues.size === 0) this.cancelWakeTimer();
	}

	/** The first in line that may start now, or else the milliseconds until one may. */
	private nextInLine(now: number): { waiter?: Waiter; ms: number } {
		let ms = Infinity;
		for (const [first] of this.queues.values()) {
			const waiter = first!;
			const pause = this.pausedUntil - now;
			const own = Math.max(
				pause > waiter.maxWaitMs ? 0 : pause,
				waiter.requestLimit?.waitMs(now) ?? 0,
				waiter.tokenLimit?.waitMs(now) ?? 0,
			);
			const shared = Math.max(
				this.rate.waitMs(now),
				this.remaining.requests.waitMs(1, now),
				this.remaining.tokens.waitMs(this.estimateTokens(waiter), now),
			);
			if (own <= 0 && shared <= 0) return { waiter, ms: 0 };
			ms = Math.min(ms, Math.max(own, shared));
			// Stop here: overtaking the head of the line on a shared limit would starve large requests.
			if (own <= 0) break;
		}
		return { ms };
	}

	private start(waiter: Waiter, startedAt: number): void {
		this.takeFromQueue(waiter);
		const estimate = this.estimateTokens(waiter);
		waiter.requestLimit?.take(1, startedAt);
		waiter.tokenLimit?.take(estimate, startedAt);
		this.remaining.requests.take(1);
		this.remaining.tokens.take(estimate);
		this.inFlight++;
		const sent: SentRequest = {
			waiter,
			startedAt,
			estimate,
			taken: { requests: this.remaining.requests.taken, tokens: this.remaining.tokens.taken },
			withdraw: this.rate.sent(startedAt, waiter.heldBack),
		};
		let isReleased = false;
		waiter.start({
			release: (outcome) => {
				if (isReleased) return;
				isReleased = true;
				this.learn(sent, outcome, this.clock.now());
				this.startAll();
			},
		});
	}

	/** The waiter's run goes to the end of the line, or out of it. */
	private takeFromQueue({ run }: Waiter): void {
		const queue = this.queues.get(run)!;
		queue.shift();
		run.waiting--;
		this.queues.delete(run);
		if (queue.length > 0) this.queues.set(run, queue);
	}

	private learn(sent: SentRequest, outcome: Outcome, now: number): void {
		const { waiter, startedAt, estimate } = sent;
		const { kind, tokens } = outcome;
		if (kind === 'rate_limited') this.learnLimit(sent, outcome, now);
		else this.readHeaders(sent, outcome, now);
		if (kind === 'rate_limited' || kind === 'overloaded') {
			this.window.shrink(startedAt, now, this.inFlight);
		}
		if (kind === 'answered') {
			this.window.grow();
			this.limitsInARow = 0;
			// A request that ignored the pause succeeded, so the limit is over.
			if (startedAt > this.limitedAt) this.pausedUntil = -Infinity;
		}
		if (tokens !== undefined) {
			this.extraTokens += 0.2 * (tokens - waiter.bytes * TOKENS_PER_BYTE - this.extraTokens);
		}
		// A request over the limit used nothing; one that failed otherwise may have.
		waiter.tokenLimit?.take((tokens ?? (kind === 'rate_limited' ? 0 : estimate)) - estimate, now);
		this.inFlight--;
		this.lastEndedAt = now;
	}

	private learnLimit({ startedAt, withdraw }: SentRequest, { waitMs }: Outcome, now: number): void {
		this.pause(waitMs, startedAt, now);
		withdraw();
		this.rate.limitReached(startedAt, now, this.pausedUntil);
		this.remaining.requests.forget();
		this.remaining.tokens.forget();
	}

	private readHeaders({ startedAt, taken }: SentRequest, { headers = {} }: Outcome, now: number): void {
		const startDate = this.clock.date() - (now - startedAt);
		this.remaining.requests.observe(headers, startedAt, startDate, taken.requests);
		this.remaining.tokens.observe(headers, startedAt, startDate, taken.tokens);
	}

	/** Holds back all requests of the key. A server that names no wait gets more time with every further limit. */
	private pause(waitMs: number | undefined, startedAt: number, now: number): void {
		// Many requests sent together meet the limit together.
		if (startedAt > this.limitedAt) this.limitsInARow++;
		this.limitedAt = now;
		const asked = waitMs || backoffMs(this.limitsInARow - 1, this.clock.random);
		// The longer the first pause, the better what is let through after it tells the rate.
		const ms = this.rate.isKnown ? asked : Math.max(asked, FIRST_PAUSE_MS);
		this.pausedUntil = Math.max(this.pausedUntil, now + ms);
	}

	private estimateTokens({ bytes }: PacedRequest): number {
		return Math.max(1, bytes * TOKENS_PER_BYTE + this.extraTokens);
	}

	private limit(unit: 'requests' | 'tokens', perMinute: number | undefined): TokenBucket | undefined {
		if (!perMinute) return undefined;
		const id = `${perMinute} ${unit}`;
		let limit = this.limits.get(id);
		if (!limit) {
			const now = this.clock.now();
			limit = new TokenBucket(perMinute, now);
			this.limits.set(id, limit);
			for (const [id, old] of this.limits) {
				if (this.limits.size > MOST_LIMITS && old.waitMs(now) === 0) this.limits.delete(id);
			}
		}
		return limit;
	}

	/** One timer at a time: when it fires too early, it sets the next. */
	private wakeAt(at: number): void {
		if (this.wakeTimer && this.wakeTimer.at <= at) return;
		this.cancelWakeTimer();
		const off = new AbortController();
		this.wakeTimer = { at, off };
		this.clock.sleep(Math.max(1, Math.ceil(at - this.clock.now())), off.signal).then(
			() => {
				this.wakeTimer = undefined;
				this.startAll();
			},
			// Cancelled: no request waits any more, or one waits for a shorter time.
			() => {},
		);
	}

	private cancelWakeTimer(): void {
		this.wakeTimer?.off.abort();
		this.wakeTimer = undefined;
	}

	private remove(waiter: Waiter): void {
		const queue = this.queues.get(waiter.run);
		const at = queue?.indexOf(waiter) ?? -1;
		if (!queue || at < 0) return;
		queue.splice(at, 1);
		waiter.run.waiting--;
		if (queue.length === 0) this.queues.delete(waiter.run);
		this.startAll();
	}
}
