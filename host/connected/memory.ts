import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import {
	ApiFailure,
	messageText,
	untilAborted,
	withinTotal,
	type ChatMessage,
	type ChatResult,
} from '../../client';
import { isTool } from '../parameters/isTool';
import { InputProblem } from '../parameters/inputProblem';

/** What we use of n8n's memory nodes, which give out a memory of LangChain. */
interface ConnectedMemory {
	memoryKey?: string;
	inputKey?: string;
	outputKey?: string;
	sessionId?: string;
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

/** The conversation that an item goes on with. */
export interface Memory {
	/** The same for all items of a conversation. */
	session: unknown;
	/** What was said before. */
	load(): Promise<ChatMessage[]>;
	/** Adds the question and its answer, or a warning to the result if the memory does not take them. */
	save(question: ChatMessage[], result: ChatResult): Promise<void>;
}

/** How long a memory may take: memory nodes know no limit of their own. */
export interface MemoryLimits {
	/** Milliseconds for each thing it does; no limit unless given. */
	totalTimeoutMs?: number;
	/** Ends what comes before the request. */
	stopSignal: AbortSignal;
	/** Ends the saving, too: a reply that outlives the end of its run is remembered. */
	abortSignal: AbortSignal | undefined;
}

/** The memory connected to the node, as it is set for an item; undefined if there is none. */
export async function connectMemory(
	context: IExecuteFunctions,
	itemIndex: number,
	limits: MemoryLimits,
): Promise<Memory | undefined> {
	// A node that runs as a tool of an agent has no inputs.
	if (isTool(context)) return undefined;
	const connecting = context.getInputConnectionData(NodeConnectionTypes.AiMemory, itemIndex);
	const connected = await limited(connecting, limits).catch((error: unknown) => {
		// n8n's own error names the node.
		throw error instanceof ApiFailure ? unreadable(error, limits) : error;
	});
	const memory = (Array.isArray(connected) ? connected[0] : connected) as ConnectedMemory | undefined;
	if (!memory) return undefined;
	return {
		session: memory.chatHistory?.sessionId ?? memory.sessionId ?? memory.chatHistory ?? memory,
		load: async () => await load(memory, limits),
		save: async (question, result) => await save(memory, limits, question, result),
	};
}

async function load(memory: ConnectedMemory, limits: MemoryLimits): Promise<ChatMessage[]> {
	let variables: Record<string, unknown>;
	try {
		variables = await limited(memory.loadMemoryVariables({}), limits);
	} catch (error) {
		throw unreadable(error, limits);
	}
	const stored = variables[memory.memoryKey ?? 'chat_history'];
	if (!Array.isArray(stored)) return [];
	return (stored as StoredMessage[]).flatMap((message) => {
		const role = ROLES[message.getType?.() ?? message._getType?.() ?? ''];
		const content = storedText(message.content);
		// What agents store of their tools belongs to their tools.
		return role && content ? [{ role, content }] : [];
	});
}

async function save(
	memory: ConnectedMemory,
	limits: MemoryLimits,
	question: ChatMessage[],
	result: ChatResult,
): Promise<void> {
	// An instruction alone, such as to sum up the conversation, is no part of it.
	if (question.length === 0) return;
	const asked = question.map(messageText).filter((text) => text.trim());
	const [{ text, refusal, toolCalls }] = result.choices;
	const answer = text.trim() ? text : refusal || (toolCalls?.length ? '[tool call]' : '');
	// The reply is paid for, so it comes out in any case.
	const warn = (message: string) => result.warnings.push({ feature: 'memory', message });
	if (!answer) {
		warn('The reply is empty, so the memory keeps neither it nor the question');
		return;
	}
	try {
		await limited(
			memory.saveContext(
				// Memories take no empty texts.
				{ [memory.inputKey ?? 'input']: asked.join('\n\n') || '[attachment]' },
				{ [memory.outputKey ?? 'output']: answer },
			),
			{ ...limits, stopSignal: limits.abortSignal },
		);
	} catch (error) {
		warn(said('could not take the question and its reply', error));
	}
}

async function limited<T>(
	promise: Promise<T>,
	{ totalTimeoutMs, stopSignal }: { totalTimeoutMs?: number; stopSignal: AbortSignal | undefined },
): Promise<T> {
	return await withinTotal(totalTimeoutMs, [stopSignal], (signal) => untilAborted(promise, signal));
}

function unreadable(error: unknown, { stopSignal }: MemoryLimits): unknown {
	// Stopped, not failed.
	if (stopSignal.aborted) return stopSignal.reason;
	return new InputProblem(
		'Memory',
		said('could not be read', error),
		'Check the settings and the credential of the memory node, and whether its database can be reached',
		false,
	);
}

/** A database that is down says so in words that fit the API as well. */
function said(what: string, error: unknown): string {
	const { node, message = String(error) } = (error ?? {}) as Partial<Error> & { node?: { name?: string } };
	return `The memory ${node?.name ?? 'connected to this node'} ${what}: ${message}`;
}

function storedText(content: unknown): string {
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return '';
	return (content as Array<{ text?: unknown }>)
		.map(({ text }) => (typeof text === 'string' ? text : ''))
		.join('');
}
