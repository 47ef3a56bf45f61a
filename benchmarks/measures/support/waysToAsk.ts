import { OpenAI } from 'openai';
import { Agent, request } from 'undici';
import { createClient, createTransport, type CallOptions } from '../../../client';

/** Asks one question and gives the reply; rejects when there is none. */
export type Ask = (question: string) => Promise<string | null>;

/** Names of peers in tables and charts. */
export const OPENAI_SDK = 'openai SDK';
export const BARE_UNDICI = 'bare undici';
export const AI_SDK = 'Vercel AI SDK';

export const API_KEY = 'sk-bench-4f1c9b7e2a8d4c60';
export const MODEL = 'gpt-4.1-mini';
export const MAX_RETRIES = 5;

export const chat = (content: string) => ({ model: MODEL, messages: [{ role: 'user' as const, content }] });

/** Our client with the node's default options, for the items of one run. */
export function ours(baseUrl: string, options: object = {}, apiKey = API_KEY): Ask {
	const client = createClient({ apiType: 'openai', apiKey, baseUrl }, createTransport());
	const all = {
		maxRetries: MAX_RETRIES,
		maxWaitMs: 120_000,
		timeoutMs: 600_000,
		run: { waiting: 0 },
		...options,
	} as CallOptions;
	return async (question) => (await client.completeChat(chat(question), all)).choices[0].text;
}

/** The least that a call over undici can be. */
export function bareUndici(baseUrl: string): Ask {
	const dispatcher = new Agent();
	const headers = { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` };
	return async (question) => {
		const { body } = await request(`${baseUrl}/chat/completions`, {
			dispatcher,
			method: 'POST',
			headers,
			body: JSON.stringify(chat(question)),
		});
		const reply = JSON.parse(await body.text()) as { choices: [{ message: { content: string } }] };
		return reply.choices[0].message.content;
	};
}

export function openAiSdk(baseUrl: string, { maxRetries = MAX_RETRIES } = {}): Ask {
	const client = new OpenAI({ apiKey: API_KEY, baseURL: baseUrl, maxRetries });
	return async (question) =>
		(await client.chat.completions.create(chat(question))).choices[0]?.message.content ?? null;
}

export async function vercelAiSdk(baseUrl: string): Promise<Ask> {
	const { generateText } = await import('ai');
	const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
	const model = createOpenAICompatible({ name: 'bench', apiKey: API_KEY, baseURL: baseUrl })(MODEL);
	return async (question) => (await generateText({ model, prompt: question })).text;
}
