import { isObject, parseJson, type ChatMessage } from '../../../../client';
import { InputProblem, shown } from '../../../../host/parameters/inputProblem';

const LABEL = 'Messages (JSON)';
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const EXAMPLE = 'Each message is written like {"role": "user", "content": "Hi"}';

/** How people and other tools call the roles. */
const ROLE_MEANT: Record<string, string> = {
	human: 'user',
	customer: 'user',
	ai: 'assistant',
	bot: 'assistant',
	model: 'assistant',
	chatgpt: 'assistant',
};

/**
 * Messages in the API's own form: a list, an object that has one as `messages`, a single message, or the text of these;
 * any other text is a message of the user.
 *
 * @throws {InputProblem} naming the message to correct.
 */
export function readMessagesJson(value: unknown): ChatMessage[] {
	if (value === null || value === undefined) return [];
	const given = typeof value === 'string' ? parse(value) : value;
	if (typeof given === 'string') return given.trim() ? [{ role: 'user', content: given }] : [];
	return messageList(given).map((message, index) => checkMessage(message, `${LABEL}, message ${index + 1}`));
}

function messageList(given: unknown): unknown[] {
	if (Array.isArray(given)) return given;
	if (typeof given !== 'object' || given === null) {
		throw new InputProblem(LABEL, `${LABEL} must be a list of messages, but is ${shown(given)}`, EXAMPLE);
	}
	if ('messages' in given && Array.isArray(given.messages)) return given.messages;
	if ('role' in given) return [given];
	throw new InputProblem(
		LABEL,
		`${LABEL} must be a list of messages, but is an object without "messages": ${shown(given)}`,
		'Give the field that holds the list, such as {{ $json.conversation }}',
	);
}

/** A text that looks like JSON is meant to be it; any other is what the user says. */
function parse(given: string): unknown {
	const text = given.trim();
	if (text.includes('[object Object]')) {
		throw new InputProblem(
			LABEL,
			`${LABEL} contains "[object Object]", which is what becomes of a list or an object within a text`,
			'Let the expression stand alone, such as {{ $json.conversation }}, with no space, line break or text around it; within a text, write {{ JSON.stringify($json.conversation) }}',
		);
	}
	if (/^```(json)?\s*[[{]/i.test(text)) {
		throw new InputProblem(
			LABEL,
			`${LABEL} begins with a Markdown fence (\`\`\`) instead of a list of messages`,
			'Remove the lines with ```, so that it begins with [',
		);
	}
	const json = /^[[{]/.test(text) ? parseJson(text) : undefined;
	if (json !== undefined) return json;
	// "[sic] Hi" is a text.
	if (!/^(\{|\[\s*[[{"])/.test(text)) return given;
	throw new InputProblem(
		LABEL,
		`${LABEL} is not valid JSON: ${shown(given)}`,
		'Put values in with JSON.stringify, which takes care of quotes and line breaks: {"role": "user", "content": {{ JSON.stringify($json.question) }}}',
	);
}

function checkMessage(message: unknown, label: string): ChatMessage {
	const problem = (what: string, hint = EXAMPLE) => new InputProblem(label, `${label} ${what}`, hint);
	if (!isObject(message)) throw problem(`must be an object, but is ${shown(message)}`);
	const { role, content, tool_calls: toolCalls, tool_call_id: toolCallId } = message;
	if (role === undefined || role === null || role === '') throw problem('has no role');
	if (typeof role !== 'string' || !ROLES.includes(role)) {
		const name = typeof role === 'string' ? role.trim().toLowerCase() : '';
		const meant = ROLES.includes(name) ? name : ROLE_MEANT[name];
		throw problem(
			`has the role ${shown(role)}, which is none of ${ROLES.join(', ')}`,
			meant && `Write "${meant}" instead of ${shown(role)}`,
		);
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
	return { ...message, role, content: (content ?? null) as ChatMessage['content'] };
}

function isPart(part: unknown): boolean {
	return typeof part === 'object' && part !== null && typeof (part as { type?: unknown }).type === 'string';
}
