import type { ChatMessage } from '../../../../client/chatRequest';

/**
 * The last exchanges of a conversation. An exchange is a message of the user with all that follows up to the next one,
 * so that no answer stands without its question, and no tool result without its call. A question that has no answer
 * yet is the present one, and stays in any case, as do all instructions (system, developer).
 *
 * @param most how many exchanges to keep.
 */
export function lastExchanges(messages: ChatMessage[], most: number): ChatMessage[] {
	const starts = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
	// Several messages of the user in a row are one question.
	const questions = starts.filter((start) => messages[start - 1]?.role !== 'user');
	const isOpen = questions.length > 0 && messages.at(-1)?.role !== 'assistant';
	const kept = most + (isOpen ? 1 : 0);
	if (questions.length <= kept) return messages;
	const from = kept === 0 ? messages.length : questions[questions.length - kept]!;
	return messages.filter(({ role }, index) => index >= from || role === 'system' || role === 'developer');
}
