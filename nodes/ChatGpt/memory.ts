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

/** The conversation that an item goes on with. */
export interface Memory {
	/** What was said before; nothing if there is no memory. */
	load(): Promise<ChatMessage[]>;
	/** Adds the question and its answer, or a warning to the result if the memory cannot take them. */
	save(turn: Turn): Promise<void>;
}

/** Answers an item when those before it in the same conversation are done. Items have to be handed over in order. */
export type InTurn = <T>(itemIndex: number, answer: (memory: Memory) => Promise<T>) => Promise<T>;

/**
 * The memory connected to the node, asked for each item anew, since each may have a session of its own. Items of the
 * same session wait for each other: a turn has to know the one before.
 */
export function connectedMemory(context: IExecuteFunctions): InTurn {
	const lastTurns = new Map<unknown, Promise<unknown>>();
	let lineUp: Promise<unknown> = Promise.resolve();
	return async (itemIndex, answer) => {
		const connecting = memoryOf(context, itemIndex);
		const memory: Memory = {
			load: async () => await load(await connecting),
			save: async (turn) => await save(await connecting, turn),
		};
		// One that cannot be connected is an error when it is read, if it comes to that.
		const session = connecting.then(sessionOf, () => undefined);
		// They connect at the same time, in whatever order the database answers, and line up in that of the items.
		const lined = lineUp.then(async () => {
			const id = await session;
			const turn = Promise.resolve(lastTurns.get(id)).then(async () => await answer(memory));
			// That it is over is all the next one needs to know.
			const over = turn.catch(() => {});
			if (id !== undefined) lastTurns.set(id, over);
			// In an object, or it would be waited for here.
			return { turn };
		});
		lineUp = lined;
		const { turn } = await lined;
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

function sessionOf(memory: ConnectedMemory | undefined): unknown {
	return memory?.chatHistory?.sessionId ?? memory?.chatHistory ?? memory;
}

async function load(memory: ConnectedMemory | undefined): Promise<ChatMessage[]> {
	const variables = await memory?.loadMemoryVariables({}).catch(unreadable);
	const stored = variables?.[memory?.memoryKey ?? 'chat_history'];
	if (!Array.isArray(stored)) return [];
	return (stored as StoredMessage[]).flatMap((message) => {
		const role = ROLES[message.getType?.() ?? message._getType?.() ?? ''];
		const content = textOf(message.content);
		// What agents store of their tools belongs to their tools.
		return role && content ? [{ role, content }] : [];
	});
}

async function save(memory: ConnectedMemory | undefined, { messages, result }: Turn): Promise<void> {
	const question = messages.findLast(({ role }) => role === 'user') ?? messages.at(-1)!;
	const [{ text, refusal }] = result.choices;
	await memory
		?.saveContext(
			// Memories take no empty texts.
			{ [memory.inputKey ?? 'input']: messageText(question) || '[attachment]' },
			{ [memory.outputKey ?? 'output']: text || refusal || '[tool call]' },
		)
		// The reply is paid for.
		.catch((error: MemoryError) => {
			const message = said('could not take the question and its reply', error);
			result.warnings.push({ feature: 'memory', message });
		});
}

function textOf(content: unknown): string {
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return '';
	return (content as Array<{ text?: unknown }>)
		.map(({ text }) => (typeof text === 'string' ? text : ''))
		.join('');
}
