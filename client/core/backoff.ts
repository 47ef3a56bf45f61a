const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Exponential backoff with full jitter: anywhere between 0 and min(30 s, 0.5 s · 2ⁿ), so that many callers that
 * failed together do not come back together.
 *
 * @param retry how many retries came before: 0 for the first.
 * @returns milliseconds.
 */
export function backoffMs(retry: number, random: () => number): number {
	return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** retry);
}
