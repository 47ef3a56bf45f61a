import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { runChatGpt, type ChatGptRun } from './chatGptRun';
import { ok, type FaultServer, type RecordedRequest } from './faultServer';

/** Runs a ready job on the field `text` of each item. */
export async function runText(
	server: Pick<FaultServer, 'baseUrl'>,
	operation: string,
	parameters: INodeParameters,
	run: ChatGptRun = {},
) {
	return await runChatGpt(server, {
		...run,
		parameters: { resource: 'text', operation, text: '={{ $json.text }}', ...parameters },
	});
}

export const texts = (...given: unknown[]): INodeExecutionData[] =>
	given.map((text) => ({ json: { text: text as string } }));

interface Sent {
	messages: Array<{ role: string; content: string }>;
	response_format?: { type: string; json_schema: { name: string; strict: boolean; schema: object } };
	[parameter: string]: unknown;
}

/** The body of a request. */
export const sent = ({ body }: RecordedRequest): Sent => body as Sent;

/** The text a request is about, without its tags. */
export function textIn(request: RecordedRequest): string {
	const question = sent(request).messages.find(({ role }) => role === 'user')!.content;
	return question.split('\n').slice(1, -1).join('\n');
}

/** Lets the server answer with one of the values after the other, as JSON, and with the last one from then on. */
export function answerJsonInTurn(server: Pick<FaultServer, 'behave'>, ...values: unknown[]): void {
	server.behave(({ index }) => ok({ text: JSON.stringify(values[Math.min(index, values.length - 1)]) }));
}
