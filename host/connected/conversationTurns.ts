import type { IExecuteFunctions } from 'n8n-workflow';
import { connectMemory, type Memory, type MemoryLimits } from './memory';

/**
 * Answers an item when those before it in the same conversation are done. Items have to be handed over in order.
 *
 * @param answer given the item's memory, which may still fail to be connected.
 */
export type InTurn = <T>(
	itemIndex: number,
	limits: MemoryLimits,
	answer: (connecting: Promise<Memory | undefined>) => Promise<T>,
) => Promise<T>;

/**
 * The turns of the conversations that a memory keeps. It is asked for each item anew, since each may have a session of
 * its own. Items of the same session wait for each other: a turn has to know the one before.
 */
export function conversationTurns(context: IExecuteFunctions): InTurn {
	const lastTurns = new Map<unknown, Promise<unknown>>();
	let lineUp: Promise<unknown> = Promise.resolve();
	return async (itemIndex, limits, answer) => {
		const connecting = connectMemory(context, itemIndex, limits);
		const session = connecting.then(
			(memory) => memory?.session,
			() => undefined,
		);
		// Memories are connected at the same time, in whatever order databases answer; items line up in their own.
		const lined = lineUp.then(async () => {
			const id = await session;
			const turn = Promise.resolve(lastTurns.get(id)).then(async () => await answer(connecting));
			// The next item needs to know only that this one is over.
			const over = turn.catch(() => {});
			if (id !== undefined) lastTurns.set(id, over);
			// Wrapped in an object: returning the promise itself would make `lined` wait for it.
			return { turn };
		});
		lineUp = lined;
		const { turn } = await lined;
		return await turn;
	};
}
