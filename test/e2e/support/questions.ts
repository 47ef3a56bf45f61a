import { latencyMs } from '../../../benchmarks/n8n/server';
import { ok, type Behaviour, type FaultServer, type RecordedRequest } from '../../support/faultServer';
import { until } from '../../support/until';

/** What bulk workflows ask. */
export const questions = (count: number) =>
	Array.from({ length: count }, (_, number) => `Question ${number}`);

/** What a server that repeats the question answers them. */
export const replies = (count: number) => questions(count).map((question) => `Reply to: ${question}`);

/** 200 to 600 ms, the same for a question in every run, spread as in the benchmark. */
export const latencyOf = ({ rawBody }: RecordedRequest): number =>
	latencyMs(Number(/Question (\d+)/.exec(rawBody)?.[1]));

export const inTime = (request: RecordedRequest): Behaviour => ok({ latencyMs: latencyOf(request) });

/** The same, once so many are in flight: to send them can take longer than the first reply. */
export const inTimeFrom =
	(count: number, { stats }: FaultServer) =>
	async (request: RecordedRequest) => {
		if (request.index < count) {
			await until(`${count} are in flight`, () => stats.maxInFlight >= count, 60_000);
		}
		return inTime(request);
	};
