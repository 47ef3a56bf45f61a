import { runItems } from '../../../host/run/runItems';
import type { Ask } from './waysToAsk';

const AT_ONCE = 10;

/** Asks many questions, ten at a time; in place of a reply that could not be had is undefined. */
export type AskAll = (ask: Ask, count: number) => Promise<Array<string | null | undefined>>;

/** As the node does. */
export const throughOurWindow: AskAll = async (ask, count) =>
	await runItems<string | null | undefined>({
		count,
		concurrency: AT_ONCE,
		run: async (index) => await ask(question(index)),
		onError: () => undefined,
	});

/** As a user of an SDK does. */
export const throughPLimit: AskAll = async (ask, count) => {
	const { default: pLimit } = await import('p-limit');
	const limit = pLimit(AT_ONCE);
	const asked = Array.from({ length: count }, (_, index) =>
		limit(async () => await ask(question(index))).catch(() => undefined),
	);
	return await Promise.all(asked);
};

/** The least work that keeps ten calls going, the same for all. Any failure ends it. */
export async function askSimply(ask: Ask, count: number): Promise<void> {
	let next = 0;
	const worker = async () => {
		while (next < count) await ask(question(next++));
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export const question = (index: number) => `Question ${index}`;

export const unanswered = (replies: unknown[]) => replies.filter((reply) => reply === undefined).length;
