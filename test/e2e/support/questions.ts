import { latencyMs } from '../../../benchmarks/n8n/server';
import { ok, type Behaviour, type RecordedRequest } from '../../support/faultServer';

/** What bulk workflows ask. */
export const questions = (count: number) =>
	Array.from({ length: count }, (_, number) => `Question ${number}`);

/** What a server that repeats the question answers them. */
export const replies = (count: number) => questions(count).map((question) => `Reply to: ${question}`);

/** 200 to 600 ms, the same for a question in every run, spread as in the benchmark. */
export const latencyOf = ({ rawBody }: RecordedRequest): number =>
	latencyMs(Number(/Question (\d+)/.exec(rawBody)?.[1]));

export const inTime = (request: RecordedRequest): Behaviour => ok({ latencyMs: latencyOf(request) });
