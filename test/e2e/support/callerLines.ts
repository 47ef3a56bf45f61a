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
export async function ask(url: string, body: object) {
	const request = http.request(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
	request.end(JSON.stringify(body));
	const [response] = (await once(request, 'response')) as [http.IncomingMessage];
	return { request, response: response.setEncoding('utf8') };
}

export async function* linesOf(response: http.IncomingMessage): AsyncGenerator<Line> {
	let rest = '';
	for await (const data of response) {
		const at = performance.now();
		const lines = (rest + (data as string)).split('\n');
		rest = lines.pop()!;
		for (const line of lines) yield { ...(JSON.parse(line) as Omit<Line, 'at'>), at };
	}
	expect(rest).toBe('');
}

export async function allLines(url: string, body: object): Promise<Line[]> {
	const all: Line[] = [];
	for await (const line of linesOf((await ask(url, body)).response)) all.push(line);
	return all;
}

/** The node's own lines about one item. n8n adds lines of its own about other nodes. */
export const about = (lines: Line[], itemIndex = 0) =>
	lines.filter(({ metadata }) => metadata.nodeName === 'ChatGPT' && metadata.itemIndex === itemIndex);

export const textOf = (lines: Line[]) =>
	lines.flatMap(({ type, content }) => (type === 'item' ? [content] : [])).join('');
