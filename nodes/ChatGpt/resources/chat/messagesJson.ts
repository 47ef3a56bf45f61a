import type { ChatMessage } from '../../../../client/chatRequest';
import { parseJson } from '../../../../client/json';
import { InputProblem, shown } from '../../shared/inputProblem';

const LABEL = 'Messages (JSON)';
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const EXAMPLE = 'Each message is written like {"role": "user", "content": "Hi"}';

/**
 * Messages in the API's own form: a list, its text, or a single text, which is a message of the user.
 *
 * @throws {InputProblem} naming the message to correct.
 */
export function readMessagesJson(value: unknown): ChatMessage[] {
	if (value === null || value === undefined) return [];
	const given = typeof value === 'string' ? parse(value) : value;
	if (typeof given === 'string') return given.trim() ? [{ role: 'user', content: given }] : [];
	if (!Array.isArray(given)) {
		throw new InputProblem(LABEL, `${LABEL} must be a list of messages, but is ${shown(given)}`, EXAMPLE);
	}
	return given.map((message, index) => checkMessage(message, `${LABEL}, message ${index + 1}`));
}

/** A text that looks like a list of objects is meant to be one; any other is what the user says. */
function parse(text: string): unknown {
	if (/^\s*\[\s*\]\s*$/.test(text)) return [];
	if (!/^\s*\[\s*\{/.test(text)) return text;
	const list = parseJson(text);
	if (list !== undefined) return list;
	throw new InputProblem(
		LABEL,
		`${LABEL} is not valid JSON: ${shown(text)}`,
		'Correct it; to build it from fields, use an expression such as {{ $json.conversation }}',
	);
}

function checkMessage(message: unknown, label: string): ChatMessage {
	const problem = (what: string, hint = EXAMPLE) => new InputProblem(label, `${label} ${what}`, hint);
	if (typeof message !== 'object' || message === null || Array.isArray(message)) {
		throw problem(`must be an object, but is ${shown(message)}`);
	}
	const {
		role,
		content,
		tool_calls: toolCalls,
		tool_call_id: toolCallId,
	} = message as Record<string, unknown>;
	if (typeof role !== 'string' || !ROLES.includes(role)) {
		throw problem(`has the role ${shown(role)}, which is none of ${ROLES.join(', ')}`);
	}
	if (role === 'tool' && typeof toolCallId !== 'string') {
		throw problem(
			'answers a tool call, but has no tool_call_id',
			'Keep tool_call_id when you store a conversation',
		);
	}
	const isCall = role === 'assistant' && Array.isArray(toolCalls) && toolCalls.length > 0;
	const isText = typeof content === 'string' && (content !== '' || role === 'tool' || role === 'assistant');
	const isParts = Array.isArray(content) && content.length > 0 && content.every(isPart);
	const isSilent = role === 'assistant' && (content === null || content === undefined);
	if (!isText && !isParts && !isCall && !isSilent) {
		throw problem(`(${role}) has no content: it must be a text or a list of parts, but is ${shown(content)}`);
	}
	return { ...(message as ChatMessage), content: (content ?? null) as ChatMessage['content'] };
}

function isPart(part: unknown): boolean {
	return typeof part === 'object' && part !== null && typeof (part as { type?: unknown }).type === 'string';
}
