import { LLMock, type ChatCompletionRequest, type ChatMessage } from '@copilotkit/aimock';
import { standInCompletions } from './standInCompletions';
import { firstSentence, valueFor } from './standInValues';

/** A running stand-in for the OpenAI API. */
export interface StandInApi {
	/** For the credential: ends in `/v1`. */
	baseUrl: string;
	/** Any would do. */
	apiKey: string;
	stop(): Promise<void>;
}

/** What `GET /v1/models` lists, for the model picker; other names are answered too. */
const MODELS = [
	...['gpt-4.1-mini', 'gpt-4.1', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-mini', 'gpt-5', 'gpt-5-mini'],
	...['gpt-3.5-turbo-instruct', 'omni-moderation-latest'],
];

/** What is taken for harmful, and in which way; aimock lets everything else pass. */
const HARMFUL: Array<[RegExp, string]> = [
	[/\b(kill|shoot|stab)\b/i, 'violence'],
	[/\b(idiot|stupid|loser)\b/i, 'harassment'],
];

/** The first that fits the last user message is the reply. */
const REPLIES: Array<[RegExp, string]> = [
	[
		/\bwhat is n8n\b/i,
		'n8n is a workflow automation tool: you connect apps and services as nodes on a canvas.',
	],
	[/\btranslate\b.*\bfrench\b/is, 'Bonjour, comment allez-vous ?'],
	[/\btranslate\b.*\bgerman\b/is, 'Guten Tag, wie geht es Ihnen?'],
	[/\btranslate\b.*\bspanish\b/is, 'Hola, ¿cómo está usted?'],
	[/\bcapital of france\b/i, 'The capital of France is Paris.'],
	[/\b(joke|funny)\b/i, 'There are 10 kinds of people: those who understand binary and those who do not.'],
	[/^\s*(hi|hello|hey|good (morning|evening))\b/i, 'Hello! How can I help you today?'],
];

const TELLS_NAME = /\b(?:my name is|call me)\s+([\p{L}-]+)/iu;
const ASKS_NAME = /\bmy name\b.*\?|\bwho am i\b/i;

/** Slow enough to watch a reply being written. */
const WRITING = { chunkSize: 5, streamingProfile: { ttft: 150, tps: 25 } };

/**
 * Starts the stand-in on a free loopback port, in this process and until its end unless stopped. It answers every chat and
 * completion, says so where it has nothing to say, and knows a few harmful words.
 */
export async function startStandInApi(): Promise<StandInApi & { stop(): Promise<void> }> {
	const mock = new LLMock({ host: '127.0.0.1', port: 0 });
	// aimock lists the models that fixtures name.
	for (const model of MODELS) mock.on({ model, endpoint: 'chat' }, answer, WRITING);
	mock.on({ endpoint: 'chat' }, answer, WRITING);
	for (const [pattern, category] of HARMFUL) {
		mock.onModerate(pattern, {
			flagged: true,
			categories: { violence: false, harassment: false, [category]: true },
			category_scores: { violence: 0.01, harassment: 0.01, [category]: 0.93 },
		});
	}
	mock.mount('/v1/completions', standInCompletions);
	const url = await mock.start();
	return { baseUrl: `${url}/v1`, apiKey: 'sk-stand-in', stop: async () => await mock.stop() };
}

function answer({ messages, response_format }: ChatCompletionRequest): { content: string } {
	const asked = messages.filter(({ role }) => role === 'user');
	const question = textOf(asked.at(-1));
	const text = jobText(textOf(asked[0]));
	const instructions = textOf(messages.find(({ role }) => role === 'system'));
	if (response_format?.type === 'json_schema') {
		const { schema } = response_format.json_schema as { schema: object };
		return {
			content: JSON.stringify(
				valueFor(schema, { text: text ?? question, meanings: meaningsIn(instructions) }),
			),
		};
	}
	if (text !== undefined) return { content: writing(instructions, text) };
	const content =
		aboutImage(asked.at(-1)) ??
		aboutName(asked.map(textOf)) ??
		REPLIES.find(([pattern]) => pattern.test(question))?.[1] ??
		[
			`You said: "${question}"`,
			...(asked.length > 1 ? [`Before that you said: "${textOf(asked.at(-2))}"`] : []),
			'I am only the stand-in API; with OPENAI_API_KEY set, a model would answer.',
		].join(' ');
	const wantsJson = response_format !== undefined && response_format.type !== 'text';
	return { content: wantsJson ? JSON.stringify({ answer: content }) : content };
}

/** The text of a ready job, which stands between tags. */
function jobText(message: string): string | undefined {
	return /^<(text[-\w]*)>\n([\s\S]*)\n<\/\1>$/.exec(message)?.[2];
}

/** What a list of categories says of each. */
function meaningsIn(instructions: string): Map<string, string> {
	const lines = instructions.matchAll(/^- ("(?:[^"\\]|\\.)*")(?:: (.*))?$/gm);
	return new Map([...lines].map(([, name, meaning]) => [JSON.parse(name!) as string, meaning ?? '']));
}

function writing(instructions: string, text: string): string {
	const [, language] = /into this language: (.+?)\.(?:\s|$)/.exec(instructions) ?? [];
	if (!language) return firstSentence(text);
	return `(Here a model would translate into ${language}:) ${text}`;
}

/** What can be said of an image without seeing it. */
function aboutImage(message: ChatMessage | undefined): string | undefined {
	const parts = Array.isArray(message?.content) ? message.content : [];
	const image = parts.find(({ type }) => type === 'image_url')?.image_url as { url: string } | undefined;
	if (image === undefined) return undefined;
	const [, type, data = ''] = /^data:image\/(\w+);base64,(.*)$/.exec(image.url) ?? [];
	const what = type
		? `a ${type.toUpperCase()} image of ${Math.ceil((data.length * 0.75) / 1000)} kB`
		: `the address of an image, ${image.url}`;
	return `You sent ${what}. I am only the stand-in API; with OPENAI_API_KEY set, a model would describe it.`;
}

/** Shows whether the conversation came along: the name is known only from an earlier message. */
function aboutName(asked: string[]): string | undefined {
	const [, name] = asked.map((text) => TELLS_NAME.exec(text)).findLast(Boolean) ?? [];
	if (ASKS_NAME.test(asked.at(-1) ?? '')) {
		return name ? `Your name is ${name}; you told me earlier.` : 'You have not told me your name.';
	}
	if (!TELLS_NAME.test(asked.at(-1) ?? '')) return undefined;
	return `Nice to meet you, ${name}! Ask me for your name whenever you like: I remember this conversation.`;
}

function textOf(message: ChatMessage | undefined): string {
	const content = message?.content ?? '';
	return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('');
}
