import { CHAT_ROLES, type ChatMessage } from '../../../../client';
import { readAttachment } from '../../../../host/parameters/attachments';
import type { Attached } from '../../../../host/parameters/binaryFile';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import type { ItemParameters } from '../../../../host/parameters/itemParameters';
import { checkChoice } from '../../../../host/parameters/parameterChecks';
import { FieldReader } from '../../../../host/parameters/readField';
import { toPromptText } from '../../../../host/parameters/toPromptText';
import { messagesDescription } from './messages.description';
import { readMessagesJson } from './messagesJson';

/** The messages of one item: what came before, and what is new. */
export interface Conversation {
	history: ChatMessage[];
	messages: ChatMessage[];
}

/**
 * Reads the fields that a conversation is made of.
 *
 * @throws {InputProblem} naming the message to correct.
 */
export async function readConversation(item: ItemParameters): Promise<Conversation> {
	const { parameter } = item;
	const source = new FieldReader(item, messagesDescription).choice<'build' | 'json' | 'both'>(
		'messagesSource',
	);
	const history = source === 'build' ? [] : readMessagesJson(parameter('messagesJson', []));
	const messages = source === 'json' ? [] : await readRows(item, parameter('messages', {}));
	if (history.length + messages.length > 0) return { history, messages };
	throw source === 'json'
		? new InputProblem(
				'Messages (JSON)',
				'There is no message to send',
				'Check that the field or expression gives a list of messages for this item',
			)
		: new InputProblem('Messages', 'There is no message to send', 'Add a message with the role User');
}

interface Row {
	role?: unknown;
	content?: unknown;
	attachments?: { values?: object[] };
}

async function readRows(item: ItemParameters, given: unknown): Promise<ChatMessage[]> {
	const rows = (given as { values?: unknown } | null)?.values;
	const messages: ChatMessage[] = [];
	const attached = { bytes: 0 };
	// One after the other: the first mistake is the one to name.
	for (const [index, row] of (Array.isArray(rows) ? (rows as Row[]) : []).entries()) {
		messages.push(await readRow(item, row, index + 1, attached));
	}
	return messages;
}

async function readRow(
	item: ItemParameters,
	row: Row,
	number: number,
	attached: Attached,
): Promise<ChatMessage> {
	const label = `Messages, message ${number}`;
	const role = checkChoice(`${label}, Role`, row.role ?? 'user', CHAT_ROLES);
	const text = toPromptText(row.content);
	const attachments = role === 'user' ? (row.attachments?.values ?? []) : [];
	if (!text.trim() && attachments.length === 0) {
		throw new InputProblem(
			label,
			`Message ${number} (${role}) is empty`,
			'Write its content, or check that the expression in it gives a text for this item',
		);
	}
	if (attachments.length === 0) return { role, content: text };
	const parts: ChatMessage['content'] = text.trim() ? [{ type: 'text', text }] : [];
	for (const [index, attachment] of attachments.entries()) {
		const place = `${label}, attachment ${index + 1}`;
		parts.push(await readAttachment(item, place, attachment, attached));
	}
	return { role, content: parts };
}
