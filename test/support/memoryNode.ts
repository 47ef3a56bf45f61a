import { setTimeout as sleep } from 'node:timers/promises';
import {
	NodeConnectionTypes,
	type INodeType,
	type ISupplyDataFunctions,
	type SupplyData,
} from 'n8n-workflow';

/** What was said in each session, as "human: …" and "ai: …". The tests look into it. */
export const sessions = new Map<string, string[]>();

/**
 * Stands in for n8n's Simple Memory, which is in a package of its own: gives out what the memories of LangChain have
 * in common. Like a database, it takes its time, and may be slow to connect.
 */
export const memoryNode: INodeType = {
	description: {
		displayName: 'Simple Memory',
		name: 'memoryBufferWindow',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Simple Memory' },
		inputs: [],
		outputs: [NodeConnectionTypes.AiMemory],
		properties: [
			{ displayName: 'Session Key', name: 'sessionKey', type: 'string', default: '' },
			{ displayName: 'Milliseconds to Connect', name: 'connectMs', type: 'number', default: 0 },
		],
	},
	async supplyData(this: ISupplyDataFunctions, itemIndex: number): Promise<SupplyData> {
		const sessionId = this.getNodeParameter('sessionKey', itemIndex) as string;
		await sleep(this.getNodeParameter('connectMs', itemIndex) as number);
		return { response: await memoryOf(sessionId) };
	},
};

const silence = () => new Promise<never>(() => {});

async function memoryOf(sessionId: string) {
	if (sessionId === 'broken') throw new Error('The database is down');
	if (sessionId === 'silent') await silence();
	const said = () => sessions.get(sessionId) ?? [];
	return {
		memoryKey: 'chat_history',
		inputKey: 'input',
		outputKey: 'output',
		// Some of n8n's memories have it elsewhere.
		...(sessionId.startsWith('old ') ? { sessionId, chatHistory: {} } : { chatHistory: { sessionId } }),
		async loadMemoryVariables() {
			await sleep(5);
			if (sessionId === 'silent when read') await silence();
			if (sessionId === 'unreadable') throw new Error('The service refused the connection');
			const messages = said().map((line) => {
				const [, type, content] = /^(\w+): (.*)$/s.exec(line)!;
				return { getType: () => type, content };
			});
			return { chat_history: messages };
		},
		async saveContext({ input }: { input: string }, { output }: { output: string }) {
			await sleep(5);
			if (sessionId === 'full') throw new Error('The disk is full');
			sessions.set(sessionId, [...said(), `human: ${input}`, `ai: ${output}`]);
			if (sessionId === 'silent when written') await silence();
		},
	};
}
