import { rateLimited, rateLimitHeaders, type Behave, type Headers } from '../../test/support/faultServer';
import { fixedLatency } from './fixedLatency';

const LIMIT = 600;
const PER_MS = LIMIT / 60_000;
const CAPACITY = 10;

/**
 * 600 requests a minute, as OpenAI counts them: a bucket of 10 requests that fills at 10 a second. A request that finds
 * it empty is refused, and costs nothing.
 *
 * @param options.told whether every answer says in x-ratelimit headers what is left
 */
export function requestsPerMinute({ told }: { told: boolean }): { behave: Behave; counts: () => object } {
	let left = CAPACITY;
	let countedAt = performance.now();
	let refused = 0;

	const headers = (): Headers =>
		told
			? rateLimitHeaders({
					limit: LIMIT,
					remaining: Math.floor(left),
					resetSeconds: (CAPACITY - left) / PER_MS / 1000,
				})
			: {};
	return {
		behave(request) {
			const now = performance.now();
			left = Math.min(CAPACITY, left + (now - countedAt) * PER_MS);
			countedAt = now;
			if (left >= 1) {
				left--;
				return fixedLatency.in200ms(request, headers());
			}
			refused++;
			const waitMs = (1 - left) / PER_MS;
			return rateLimited({
				retryAfter: told ? { seconds: Math.ceil(waitMs / 1000) } : { ms: Math.ceil(waitMs) },
				headers: headers(),
			});
		},
		counts: () => ({ refused }),
	};
}
