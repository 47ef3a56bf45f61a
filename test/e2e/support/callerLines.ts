import { once } from 'node:events';
import http from 'node:http';

/** What n8n sends to a caller, a line of JSON each. */
export interface Line {
	type: 'begin' | 'item' | 'end' | 'error';
	content?: string;
	metadata: { nodeName: string; itemIndex: number };
	/** performance.now() when it came. */
	at: number;
}

/** Asks as `curl -N` does. */
export async function askAsCurl(url: string, body: object) {
	const request = http.request(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
	request.end(JSON.stringify(body));
	const [response] = (await once(request, 'response')) as [http.IncomingMessage];
	return { request, response: response.setEncoding('utf8') };
}

/** Each line when it comes. */
export async function* readLines(response: http.IncomingMessage): AsyncGenerator<Line> {
	let rest = '';
	for await (const data of response) {
		const at = performance.now();
		const lines = (rest + (data as string)).split('\n');
		rest = lines.pop()!;
		for (const line of lines) yield { ...(JSON.parse(line) as Omit<Line, 'at'>), at };
	}
	expect(rest).toBe('');
}

/** All lines, once the answer has ended. */
export async function readAllLines(url: string, body: object): Promise<Line[]> {
	const all: Line[] = [];
	for await (const line of readLines((await askAsCurl(url, body)).response)) all.push(line);
	return all;
}

/** The lines of the node ChatGPT about one item. n8n adds lines of its own about other nodes. */
export const selectLines = (lines: Line[], itemIndex = 0) =>
	lines.filter(({ metadata }) => metadata.nodeName === 'ChatGPT' && metadata.itemIndex === itemIndex);

/** The text that the lines bring. */
export const joinText = (lines: Line[]) =>
	lines.flatMap(({ type, content }) => (type === 'item' ? [content] : [])).join('');
