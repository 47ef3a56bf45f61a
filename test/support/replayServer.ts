import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Bytes of an answer: a text, JSON, one event of a stream, bytes in hexadecimal or base64, or a pause. */
export type ReplayPart =
	| string
	| { json: unknown }
	| { sse: unknown }
	| { hex: string }
	| { base64: string }
	| { repeat: string; times: number; count?: number }
	| { waitMs: number };

/** An answer, byte for byte; with `raw`, the head too is the case's own. */
export interface ReplayAnswer {
	status?: number;
	reason?: string;
	headers?: Record<string, string | string[]>;
	body?: ReplayPart | ReplayPart[];
	/** The body in pieces, each sent by itself. */
	parts?: ReplayPart[];
	framing?: 'length' | 'chunked' | 'close';
	/** How the connection ends before the answer does. */
	end?: 'keep' | 'close' | 'reset';
	raw?: ReplayPart[];
}

export interface ReplayServer {
	origin: string;
	/** The bodies of the requests so far, as JSON. */
	requests: unknown[];
	close(): void;
}

/** Answers the n-th request with the n-th answer, and all further ones with the last. */
export async function startReplayServer(answers: ReplayAnswer[]): Promise<ReplayServer> {
	const requests: unknown[] = [];
	const sockets = new Set<Socket>();
	const server = net.createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => {}).on('close', () => sockets.delete(socket));
		readRequests(socket, (body) => {
			requests.push(body);
			const answer = answers[Math.min(requests.length, answers.length) - 1]!;
			void send(socket, answer);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		close() {
			for (const socket of sockets) socket.destroy();
			server.close();
		},
	};
}

function readRequests(socket: Socket, onRequest: (body: unknown) => void): void {
	let held = Buffer.alloc(0);
	socket.on('data', (data) => {
		held = Buffer.concat([held, data]);
		const headEnd = held.indexOf('\r\n\r\n');
		if (headEnd < 0) return;
		const head = held.toString('latin1', 0, headEnd);
		const bodyStart = headEnd + 4;
		const end = bodyStart + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
		if (held.length < end) return;
		const body = held.toString('utf8', bodyStart, end);
		held = held.subarray(end);
		onRequest(body ? JSON.parse(body) : undefined);
	});
}

async function send(socket: Socket, answer: ReplayAnswer): Promise<void> {
	if (answer.raw) return await write(socket, answer.raw, (bytes) => bytes);
	const parts = listed(answer.parts ?? answer.body ?? []);
	const framing = answer.framing ?? (answer.parts ? 'chunked' : 'length');
	socket.write(headOf(answer, framing, parts));
	await write(socket, parts, framing === 'chunked' ? asChunk : (bytes) => bytes);
	if (answer.end === 'reset') return void socket.resetAndDestroy();
	if (answer.end === 'close' || (framing === 'close' && !answer.end)) return void socket.end();
	if (framing === 'chunked' && !answer.end) socket.write('0\r\n\r\n');
}

function listed(parts: ReplayPart | ReplayPart[]): ReplayPart[] {
	return [parts].flat().flatMap((part) => {
		const count = typeof part === 'object' && 'count' in part ? (part.count ?? 1) : 1;
		return Array.from({ length: count }, () => part);
	});
}

function headOf(
	{ status = 200, reason = 'X', headers = {} }: ReplayAnswer,
	framing: string,
	parts: ReplayPart[],
) {
	const lines = [`HTTP/1.1 ${status} ${reason}`];
	for (const [name, value] of Object.entries(headers))
		for (const one of [value].flat()) lines.push(`${name}: ${one}`);
	if (framing === 'chunked') lines.push('Transfer-Encoding: chunked');
	if (framing === 'close') lines.push('Connection: close');
	if (framing === 'length' && status !== 204) {
		lines.push(`Content-Length: ${parts.reduce((sum, part) => sum + bytesOf(part).length, 0)}`);
	}
	return `${lines.join('\r\n')}\r\n\r\n`;
}

async function write(socket: Socket, parts: ReplayPart[], framed: (bytes: Buffer) => Buffer): Promise<void> {
	for (const part of parts) {
		if (typeof part === 'object' && 'waitMs' in part) await pause(part.waitMs, undefined, { ref: false });
		const bytes = bytesOf(part);
		if (bytes.length > 0 && !socket.destroyed) {
			await new Promise((written) => void socket.write(framed(bytes), written));
		}
	}
}

function asChunk(bytes: Buffer): Buffer {
	return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

function bytesOf(part: ReplayPart): Buffer {
	if (typeof part === 'string') return Buffer.from(part);
	if ('json' in part) return Buffer.from(JSON.stringify(part.json));
	if ('sse' in part) return Buffer.from(`data: ${JSON.stringify(part.sse)}\n\n`);
	if ('hex' in part) return Buffer.from(part.hex.replace(/\s+/g, ''), 'hex');
	if ('base64' in part) return Buffer.from(part.base64, 'base64');
	return 'repeat' in part ? Buffer.from(part.repeat.repeat(part.times)) : Buffer.alloc(0);
}
