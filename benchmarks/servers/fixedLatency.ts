import { ok, type Behave, type Headers, type RecordedRequest } from '../../test/support/faultServer';

/** Answers in 100 to 300 ms, spread evenly over any hundred requests. */
function in200ms({ index }: RecordedRequest, headers: Headers = {}) {
	return ok({ latencyMs: 100 + ((index * 37) % 100) * 2.02, headers });
}

/** How a server answers when nothing is wrong: after a time that depends on nothing but the number of the request. */
export const fixedLatency = { atOnce: (() => ok()) satisfies Behave, in200ms };
