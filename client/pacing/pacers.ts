import type { Clock } from '../core/clock';
import { Pacer } from './pacer';

/** Keys and models in use at the same time are few; beyond this many, the idle ones make room, oldest first. */
const MOST_PACERS = 500;

/** For the life of the process: executions that use the same key and model at the same time pace each other. */
const pacersOf = new WeakMap<Clock, Map<string, Pacer>>();

/**
 * The pacer of all who share a limit: providers set limits per account and model.
 *
 * @param account stands for the address and the key, without showing them.
 */
export function pacerFor(account: string, model: string, clock: Clock): Pacer {
	let pacers = pacersOf.get(clock);
	if (!pacers) {
		pacers = new Map();
		pacersOf.set(clock, pacers);
	}
	const id = `${account} ${model}`;
	const pacer = pacers.get(id) ?? new Pacer(clock);
	// Last used is last in the map.
	pacers.delete(id);
	pacers.set(id, pacer);
	if (pacers.size > MOST_PACERS) dropIdle(pacers);
	return pacer;
}

function dropIdle(pacers: Map<string, Pacer>): void {
	for (const [id, pacer] of pacers) {
		if (pacers.size <= MOST_PACERS) return;
		if (pacer.isIdle) pacers.delete(id);
	}
}
