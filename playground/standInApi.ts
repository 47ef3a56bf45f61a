import { LLMock, type ChatCompletionRequest, type ChatMessage } from '@copilotkit/aimock';

/** A running stand-in for the OpenAI API. */
export interface StandInApi {
	/** For the credential: ends in `/v1`. */
	baseUrl: string;
	/** Any would do. */
	apiKey: string;
}

/** What `GET /v1/models` lists, for the model picker; other names are answered too. */
const MODELS = ['gpt-4.1-mini', 'gpt-4.1', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-mini', 'gpt-5', 'gpt-5-mini'];

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

/**
 * Starts the stand-in on a free loopback port, in this process and until its end. It answers every chat, and says
 * so where it has nothing to say.
 */
export async function startStandInApi(): Promise<StandInApi> {
	const mock = new LLMock({ host: '127.0.0.1', port: 0 });
	// aimock lists the models that fixtures name.
	for (const model of MODELS) mock.on({ model, endpoint: 'chat' }, answer);
	mock.on({ endpoint: 'chat' }, answer);
	const url = await mock.start();
	return { baseUrl: `${url}/v1`, apiKey: 'sk-stand-in' };
}

function answer(request: ChatCompletionRequest): { content: string } {
	const question = textOf(request.messages.findLast(({ role }) => role === 'user'));
	const content =
		REPLIES.find(([pattern]) => pattern.test(question))?.[1] ??
		`You said: "${question}" I am only the stand-in API; with OPENAI_API_KEY set, a model would answer.`;
	const wantsJson = request.response_format !== undefined && request.response_format.type !== 'text';
	return { content: wantsJson ? JSON.stringify({ answer: content }) : content };
}

function textOf(message: ChatMessage | undefined): string {
	const content = message?.content ?? '';
	return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('');
}
