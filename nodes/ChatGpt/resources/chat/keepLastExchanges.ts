import { isInstruction, type ChatMessage } from '../../../../client';

/**
 * The present question and the last exchanges before it. An exchange is a message of the user with all that follows up
 * to the next one, so that no answer stands without its question, and no tool result without its call. The last one is
 * the present question, whatever follows it: the beginning of its answer, or a tool's result. It stays in any case, as
 * do all instructions (system, developer).
 *
 * @param most how many exchanges to keep before it.
 */
export function keepLastExchanges(messages: ChatMessage[], most: number): ChatMessage[] {
	const turns = messages.filter((message) => !isInstruction(message));
	// Several messages of the user in a row are one question; what comes before the first is an exchange, too.
	const starts = turns.filter(({ role }, index) => {
		const before = turns[index - 1];
		return !before || (role === 'user' && before.role !== 'user');
	});
	const first = starts.at(-1 - most);
	if (!first) return messages;
	const from = messages.indexOf(first);
	return messages.filter((message, index) => index >= from || isInstruction(message));
}
