import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import { messageText, type ChatMessage } from '../../client/chatRequest';
import { isTool } from './isTool';
import type { CachedResult } from './replyCache';
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

/** The messages sent, and what came back. */
export interface Turn {
	messages: ChatMessage[];
	result: CachedResult;
}

/**
 * Answers an item as a turn of a conversation that a memory node keeps: what came before is put in front, and the
 * question and its answer are added afterwards.
 */
export type Remember = (itemIndex: number, ask: (history: ChatMessage[]) => Promise<Turn>) => Promise<Turn>;

/**
 * The memory connected to the node, asked for each item anew, since each may have a session of its own. Items of the
 * same session wait for each other: a turn has to know the one before.
 */
export function connectedMemory(context: IExecuteFunctions): Remember {
	const lastTurns = new Map<unknown, Promise<void>>();
	return async (itemIndex, ask) => {
		const memory = await memoryOf(context, itemIndex);
		if (!memory) return await ask([]);
		const takeTurn = async () => {
			const turn = await ask(await load(memory).catch(unreadable));
			const { messages, result } = turn;
			const question = messages.findLast(({ role }) => role === 'user') ?? messages.at(-1)!;
			const [{ text, refusal }] = result.choices;
			await memory
				.saveContext(
					// Memories take no empty texts.
					{ [memory.inputKey ?? 'input']: messageText(question) || '[attachment]' },
					{ [memory.outputKey ?? 'output']: text || refusal || '[tool call]' },
				)
				// The reply is paid for.
				.catch((error: MemoryError) => {
					const message = said('could not take the question and its reply', error);
					result.warnings.push({ feature: 'memory', message });
				});
			return turn;
		};
		const session = memory.chatHistory?.sessionId ?? memory.chatHistory ?? memory;
		const turn = (lastTurns.get(session) ?? Promise.resolve()).then(takeTurn);
		const nothing = () => {};
		// That it is over is all the next one needs to know.
		lastTurns.set(session, turn.then(nothing, nothing));
		return await turn;
	};
}

type MemoryError = Error & { node?: { name?: string } };

function unreadable(error: MemoryError): never {
	throw new InputProblem(
		'Memory',
		said('could not be read', error),
		'Check the settings and the credential of the memory node, and whether its database can be reached',
		false,
	);
}

/** A database that is down says so in words that fit the API as well. */
function said(what: string, { node, message }: MemoryError): string {
	return `The memory ${node?.name ?? 'connected to this node'} ${what}: ${message}`;
}

async function memoryOf(context: IExecuteFunctions, itemIndex: number): Promise<ConnectedMemory | undefined> {
	// A node that runs as a tool of an agent has no inputs.
	const connected = isTool(context)
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
