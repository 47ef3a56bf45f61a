import { isInstruction, type ChatMessage } from '../../../../client';
import { keepLastExchanges } from './keepLastExchanges';
import type { Conversation } from './messages';

/**
 * Puts the messages of one request in order: the instructions of the fields, the history given as JSON, the rest of the
 * fields; and what a memory remembers right before the present question, after instructions and examples.
 *
 * @param most how many exchanges to keep before the present question; all unless given.
 */
export function assembleMessages(
	conversation: Conversation,
	stored: ChatMessage[],
	most: number | undefined,
): ChatMessage[] {
	const given = givenMessages(conversation);
	const at = questionStart(given);
	const all = [...given.slice(0, at), ...stored, ...given.slice(at)];
	return most === undefined ? all : keepLastExchanges(all, most);
}

/** What the user says now: the last messages of the role User in a row. None if there are only instructions. */
export function currentUserMessages(conversation: Conversation): ChatMessage[] {
	const given = givenMessages(conversation);
	const fromThere = given.slice(questionStart(given));
	const after = fromThere.findIndex(({ role }) => role !== 'user');
	return after < 0 ? fromThere : fromThere.slice(0, after);
}

function givenMessages({ history, messages }: Conversation): ChatMessage[] {
	const firstTurn = messages.findIndex((message) => !isInstruction(message));
	const leading = firstTurn < 0 ? messages.length : firstTurn;
	// A conversation that came out of this node begins with the instructions that the fields still have.
	const known = new Set(messages.slice(0, leading).map(({ content }) => JSON.stringify(content)));
	const isRepeated = (message: ChatMessage) =>
		isInstruction(message) && known.has(JSON.stringify(message.content));
	return [
		...messages.slice(0, leading),
		...history.filter((message) => !isRepeated(message)),
		...messages.slice(leading),
	];
}

/** Where the present question begins; the end if there is none. */
function questionStart(given: ChatMessage[]): number {
	let at = given.findLastIndex(({ role }) => role === 'user');
	if (at < 0) return given.length;
	while (given[at - 1]?.role === 'user') at--;
	return at;
}
