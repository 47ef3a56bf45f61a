import type { ChatMessage } from '../../../../client/chatRequest';
import { lastExchanges } from './history';
import type { Conversation } from './messages';

/**
 * Puts the messages of one request in order: the instructions of the fields, the history given as JSON, the rest of the
 * fields; and what a memory remembers right before the present question, after instructions and examples.
 *
 * @param most how many exchanges to keep before the present question; all unless given.
 */
export function arrange(
	{ history, messages }: Conversation,
	stored: ChatMessage[],
	most: number | undefined,
): ChatMessage[] {
	const firstTurn = messages.findIndex((message) => !isInstruction(message));
	const leading = firstTurn < 0 ? messages.length : firstTurn;
	// A conversation that came out of this node begins with the instructions that the fields still have.
	const known = new Set(messages.slice(0, leading).map(({ content }) => JSON.stringify(content)));
	const isRepeated = (message: ChatMessage) =>
		isInstruction(message) && known.has(JSON.stringify(message.content));
	const given = [
		...messages.slice(0, leading),
		...history.filter((message) => !isRepeated(message)),
		...messages.slice(leading),
	];
	let at = given.findLastIndex(({ role }) => role === 'user');
	while (given[at - 1]?.role === 'user') at--;
	if (at < 0) at = given.length;
	const all = [...given.slice(0, at), ...stored, ...given.slice(at)];
	return most === undefined ? all : lastExchanges(all, most);
}

const isInstruction = ({ role }: ChatMessage) => role === 'system' || role === 'developer';
