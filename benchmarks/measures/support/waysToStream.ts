/** The peers of waysToAsk.ts, with the reply streamed and put together again, its usage included. */
import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import { OpenAI } from 'openai';
import { Agent, request } from 'undici';
import { API_KEY, chat, MAX_RETRIES, MODEL, type Ask } from './waysToAsk';

const streamed = (question: string) => ({
	...chat(question),
	stream: true as const,
	stream_options: { include_usage: true },
});

interface Chunk {
	choices: Array<{ delta: { content?: string | null } }>;
	usage?: unknown;
}

/** The least that a stream over undici can be. */
export function bareUndiciStream(baseUrl: string): Ask {
	const dispatcher = new Agent();
	const headers = { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` };
	return async (question) => {
		const { body } = await request(`${baseUrl}/chat/completions`, {
			dispatcher,
			method: 'POST',
			headers,
			body: JSON.stringify(streamed(question)),
		});
		const reply = newReply();
		const parser = createParser({
			onEvent: ({ data }) => data === '[DONE]' || reply.add(JSON.parse(data) as Chunk),
		});
		const decoder = new StringDecoder();
		for await (const bytes of body as AsyncIterable<Buffer>) parser.feed(decoder.write(bytes));
		return reply.text();
	};
}

export function openAiSdkStream(baseUrl: string): Ask {
	const client = new OpenAI({ apiKey: API_KEY, baseURL: baseUrl, maxRetries: MAX_RETRIES });
	return async (question) => {
		const reply = newReply();
		for await (const chunk of await client.chat.completions.create(streamed(question))) reply.add(chunk);
		return reply.text();
	};
}

export async function vercelAiSdkStream(baseUrl: string): Promise<Ask> {
	const { streamText } = await import('ai');
	const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
	const options = { name: 'bench', apiKey: API_KEY, baseURL: baseUrl, includeUsage: true };
	const model = createOpenAICompatible(options)(MODEL);
	return async (question) => {
		const { text, usage } = streamText({ model, prompt: question });
		if (!(await usage)) throw new Error('No usage came');
		return await text;
	};
}

function newReply(): { add: (chunk: Chunk) => void; text: () => string } {
	let text = '';
	let usage: unknown;
	return {
		add(chunk) {
			text += chunk.choices[0]?.delta.content ?? '';
			if (chunk.usage) usage = chunk.usage;
		},
		text() {
			if (!usage) throw new Error('No usage came');
			return text;
		},
	};
}
