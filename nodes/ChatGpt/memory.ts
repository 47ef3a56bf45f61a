import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import type { ChatReply, Warning } from '../../client/chatReply';
import { messageText, type ChatMessage, type ChatRequest } from '../../client/chatRequest';
import { InputProblem } from './shared/inputProblem';

/** What we use of n8n's memory nodes, which give out a memory of LangChain. */
interface ConnectedMemory {
	memoryKey?: string;
	inputKey?: string;
	outputKey?: string;
	chatHistory?: { sessionId?: string };
	loadMemoryVariables(values: object): Promise<Record<string, unknown>>;
	saveContext(input: object, output: object): Promise<void>;
}

interface StoredMessage {
	getType?(): string;
	_getType?(): string;
	content?: unknown;
}

const ROLES: Record<string, string> = { human: 'user', ai: 'assistant', system: 'system' };

/**
 * Answers an item as a turn of a conversation that a memory node keeps: what came before is put in front, and the
 * question and its answer are added afterwards.
 */
export type Remember = <T extends Pick<ChatReply, 'choices'> & { warnings: Warning[] }>(
	itemIndex: number,
	ask: (history: ChatMessage[]) => Promise<{ request: ChatRequest; result: T }>,
) => Promise<T>;

/**
 * The memory connected to the node, asked for each item anew, since each may have a session of its own. Items of the
 * same session wait for each other: a turn has to know the one before.
 */
export function connectedMemory(context: IExecuteFunctions): Remember {
	const lastTurns = new Map<unknown, Promise<unknown>>();
	return async (itemIndex, ask) => {
		const memory = await memoryOf(context, itemIndex);
		if (!memory) return (await ask([])).result;
		const takeTurn = async () => {
			const { request, result } = await ask(await load(memory).catch(unreadable));
			const question = messageText(request.messages.findLast(({ role }) => role === 'user') ?? NO_MESSAGE);
			const answer = result.choices[0].text;
			await memory
				.saveContext({ [memory.inputKey ?? 'input']: question }, { [memory.outputKey ?? 'output']: answer })
				// The reply is paid for.
				.catch((error: MemoryError) => {
					const message = said('could not take the question and its reply', error);
					result.warnings.push({ feature: 'memory', message });
				});
			return result;
		};
		const session = memory.chatHistory?.sessionId ?? memory.chatHistory ?? memory;
		const turn = (lastTurns.get(session) ?? Promise.resolve()).then(takeTurn, takeTurn);
		lastTurns.set(session, turn);
		return await turn;
	};
}

type MemoryError = Error & { node?: { name?: string } };

function unreadable(error: MemoryError): never {
	throw new InputProblem(
		'Memory',
		said('could not be read', error),
		'Check the settings and the credential of the memory node, and whether its database can be reached',
	);
}

/** A database that is down says so in words that fit the API as well. */
function said(what: string, { node, message }: MemoryError): string {
	return `The memory ${node?.name ?? 'connected to this node'} ${what}: ${message}`;
}

const NO_MESSAGE: ChatMessage = { role: 'user', content: '' };

async function memoryOf(context: IExecuteFunctions, itemIndex: number): Promise<ConnectedMemory | undefined> {
	// A node that runs as a tool of an agent has no inputs.
	const connected = context.getNode().type.endsWith('Tool')
		? undefined
		: await context.getInputConnectionData(NodeConnectionTypes.AiMemory, itemIndex);
	const memory = (Array.isArray(connected) ? connected[0] : connected) as ConnectedMemory | undefined;
	return memory ?? undefined;
}

async function load(memory: ConnectedMemory): Promise<ChatMessage[]> {
	const variables = await memory.loadMemoryVariables({});
	const stored = variables[memory.memoryKey ?? 'chat_history'];
	if (!Array.isArray(stored)) return [];
	return (stored as StoredMessage[]).flatMap((message) => {
		const role = ROLES[message.getType?.() ?? message._getType?.() ?? ''];
		const content = textOf(message.content);
		// What agents store of their tools belongs to their tools.
		return role && content ? [{ role, content }] : [];
	});
}

function textOf(content: unknown): string {
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return '';
	return (content as Array<{ text?: unknown }>)
		.map(({ text }) => (typeof text === 'string' ? text : ''))
		.join('');
}
