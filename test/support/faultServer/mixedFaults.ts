import { fail, invalidJson, rateLimited, resetBeforeHeaders, resetDuringBody } from './behaviours';
import type { Behave, Behaviour } from './behaviours';

const usualFaults: Behaviour[] = [
	rateLimited({ retryAfter: { ms: 20 } }),
	fail({ status: 500 }),
	fail({ status: 503 }),
	resetBeforeHeaders(),
	invalidJson(),
	resetDuringBody(),
];

/**
 * A share of the requests meets a fault, the others get `then`. What one request meets depends on the seed, its body
 * and its attempt only, not on the order in which requests arrive.
 */
export function mixedFaults(options: {
	rate: number;
	seed: number;
	faults?: Behaviour[];
	then: Behave;
}): Behave {
	const { rate, seed, faults = usualFaults, then } = options;
	return (request) => {
		const draw = (what: string) => fraction(`${what} ${seed} ${request.attempt} ${request.rawBody}`);
		if (draw('whether') >= rate) return then(request);
		return faults[Math.floor(draw('which') * faults.length)] ?? then(request);
	};
}

/** A text's hash as a number in [0, 1): FNV-1a, then mixed so that similar texts lie far apart. */
export function fraction(text: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
