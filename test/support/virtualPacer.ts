import { Pacer, type Outcome, type PacedRequest, type Permit } from '../../client/pacing/pacer';
import { VirtualClock } from './virtualClock';

export const ANSWERED: Outcome = { kind: 'answered' };

/** A pacer in virtual time, and what its tests do with it. */
export function virtualPacer() {
	const clock = new VirtualClock();
	const pacer = new Pacer(clock);
	const began = clock.now();
	const run = { waiting: 0 };
	const elapsed = () => clock.now() - began;
	return {
		clock,
		pacer,
		run,
		/** Milliseconds since the beginning. */
		elapsed,
		pass: (ms: number) => clock.runUntil(clock.sleep(ms)),
		/** Waits for the turn of a request of about ten tokens. */
		acquire: (more: Partial<PacedRequest> = {}, signal?: AbortSignal) =>
			pacer.acquire({ run, bytes: 36, maxWaitMs: 120_000, ...more }, signal),
		/** Lets time pass until a turn comes, and says when that was. */
		async startOf(turn: Promise<Permit>): Promise<number> {
			await clock.runUntil(turn);
			return elapsed();
		},
	};
}
