import { STATUS_CODES } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Behaviour, Failure, Headers } from './behaviours';
import { completionJson } from './completion';
import { hangUpOnceRead, openAiHeaders, pause, write, type Exchange } from './exchange';
import { sendStream } from './stream';

/** Does to the exchange what the behaviour says; rejects if the exchange ends meanwhile. */
export async function deliver(behaviour: Behaviour, exchange: Exchange): Promise<void> {
	const { request } = exchange;
	if (behaviour.latencyMs) await pause(exchange, behaviour.latencyMs);
	if (behaviour.kind === 'streamed' || (behaviour.kind === 'ok' && request.body?.stream === true)) {
		return sendStream(exchange, behaviour);
	}
	switch (behaviour.kind) {
		case 'hangBeforeHeaders':
			return;
		case 'resetBeforeHeaders':
			return exchange.hangUp(behaviour.by);
		case 'staleKeepAlive':
			if (exchange.socketHasAnswered) return exchange.hangUp(behaviour.by);
			return deliver(behaviour.then, exchange);
		case 'fail':
			return sendFailure(exchange, behaviour);
		case 'json':
			return send(
				exchange,
				behaviour.status,
				openAiHeaders(request, behaviour),
				JSON.stringify(behaviour.body),
			);
	}

	// The rest is, or begins as, a 200 with a completion.
	const headers = openAiHeaders(request, behaviour);
	if (behaviour.kind === 'hugeBody') return sendHuge(exchange, headers, behaviour);
	const body = Buffer.from(JSON.stringify(completionJson(request, behaviour)));
	switch (behaviour.kind) {
		case 'ok':
			return send(exchange, 200, headers, body);
		case 'invalidJson':
			return send(exchange, 200, headers, partOf(body, behaviour.afterBytes));
		case 'hangMidBody':
			return sendPart(exchange, headers, body, behaviour.afterBytes);
		case 'resetDuringBody':
			await sendPart(exchange, headers, body, behaviour.afterBytes);
			return hangUpOnceRead(exchange, behaviour.by);
		case 'slowBody':
			begin(exchange, 200, headers, body.length);
			for (let at = 0; at < body.length; at += behaviour.chunkBytes) {
				if (at > 0) await pause(exchange, behaviour.everyMs);
				await write(exchange, body.subarray(at, at + behaviour.chunkBytes));
			}
			exchange.response.end();
	}
}

function sendFailure(exchange: Exchange, failure: Failure): void {
	const { status, shape = 'openai', type, code = null, param = null } = failure;
	const said = typeof failure.message === 'function' ? failure.message(exchange.request) : failure.message;
	const reason = STATUS_CODES[status] ?? 'Unknown';
	if (shape === 'openai') {
		const error = {
			message: said ?? `The server answered: ${reason}`,
			type: type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
			param,
			code,
		};
		send(exchange, status, openAiHeaders(exchange.request, failure), JSON.stringify({ error }));
	} else if (shape === 'foreign') {
		const headers = { 'content-type': 'application/json', ...failure.headers };
		send(exchange, status, headers, JSON.stringify({ detail: said ?? reason }));
	} else if (shape === 'html') {
		const title = said ?? `${status} ${reason}`;
		const page = [
			'<html>',
			`<head><title>${title}</title></head>`,
			'<body>',
			`<center><h1>${title}</h1></center>`,
			'<hr><center>nginx</center>',
			'</body>',
			'</html>',
			'',
		].join('\r\n');
		send(exchange, status, { server: 'nginx', 'content-type': 'text/html', ...failure.headers }, page);
	} else {
		send(exchange, status, failure.headers ?? {}, '');
	}
}

/** A completion of exactly `bytes` bytes (if it is not longer anyway), never in memory as a whole. */
async function sendHuge(
	exchange: Exchange,
	headers: Headers,
	behaviour: Extract<Behaviour, { kind: 'hugeBody' }>,
): Promise<void> {
	const mark = '<the long text>';
	const json = JSON.stringify(completionJson(exchange.request, { ...behaviour, text: mark, choices: 1 }));
	const [head = '', tail = ''] = json.split(mark);
	const filling = Math.max(0, behaviour.bytes - Buffer.byteLength(head + tail));
	const block = Buffer.alloc(65_536, 'All work and no play makes a long text. ');
	begin(exchange, 200, headers, Buffer.byteLength(head + tail) + filling);
	await pipeline(function* () {
		yield Buffer.from(head);
		for (let left = filling; left > 0; left -= block.length) yield block.subarray(0, left);
		yield Buffer.from(tail);
	}, exchange.response);
}

function setHead({ response }: Exchange, status: number, headers: Headers, contentLength: number): void {
	response.statusCode = status;
	response.setHeader('content-length', contentLength);
	// After the default, so that a test can even lie about the length.
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function send(exchange: Exchange, status: number, headers: Headers, body: string | Uint8Array): void {
	setHead(exchange, status, headers, Buffer.byteLength(body));
	exchange.response.end(body);
}

/** Sends the headers now, ahead of any body. */
function begin(exchange: Exchange, status: number, headers: Headers, contentLength: number): void {
	setHead(exchange, status, headers, contentLength);
	exchange.response.flushHeaders();
}

async function sendPart(exchange: Exchange, headers: Headers, body: Buffer, bytes?: number): Promise<void> {
	begin(exchange, 200, headers, body.length);
	await write(exchange, partOf(body, bytes));
}

const partOf = (body: Buffer, bytes = Math.floor(body.length / 2)): Buffer =>
	body.subarray(0, Math.min(bytes, body.length - 1));
