import type { Turn } from '../output/itemOutput';
import type { ItemContext } from './operation';

/**
 * The turn that an earlier try of the run got for the item, or a new one, which is kept for the next try.
 *
 * @param request what the turn answers.
 * @param isWorthKeeping whether the next try should not ask again; it should not, unless given.
 */
export async function askOnce(
	{ run: { checkpoint }, itemIndex, log }: ItemContext,
	request: object,
	ask: () => Promise<Turn>,
	isWorthKeeping: (turn: Turn) => boolean = () => true,
): Promise<Turn> {
	const known = checkpoint?.get(itemIndex, request);
	if (known) {
		const { failedAttempts, usage, costUsd } = known.result;
		failedAttempts.forEach((attempt) => log.addAttempt(attempt));
		log.addReply(usage, costUsd);
		return known;
	}
	const turn = await ask();
	if (isWorthKeeping(turn)) checkpoint?.set(itemIndex, request, turn);
	return turn;
}
