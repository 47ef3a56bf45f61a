import { rateLimited, type Behave } from '../../test/support/faultServer';
import { fixedLatency } from './fixedLatency';

const LASTS_MS = 10_000;
const RETRY_AFTER_SECONDS = 3;
const FULL = 10;

/** From its first request on refuses everything for ten seconds, asking for waits of three, and is well again then. */
export function outage(inFlight: () => number): { behave: Behave; counts: () => object } {
	let endsAt: number | undefined;
	let during = 0;
	let fullAfterMs = Infinity;
	return {
		behave(request) {
			const now = performance.now();
			endsAt ??= now + LASTS_MS;
			if (now < endsAt) {
				during++;
				return rateLimited({ retryAfter: { seconds: RETRY_AFTER_SECONDS } });
			}
			if (inFlight() >= FULL) fullAfterMs = Math.min(fullAfterMs, now - endsAt);
			return fixedLatency.in200ms(request);
		},
		counts: () => ({ during, fullAfterMs }),
	};
}
