import { pipeline, Readable, type Transform } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ApiFailure } from '../core/errors';
import { networkFailure } from './networkFailure';
import type { HttpResponse } from './transport';

type Body = Pick<HttpResponse, 'body' | 'headers'>;

interface Decoder {
	create: () => Transform;
	/** How what it unpacks begins; what begins otherwise is plain, whatever its label says. */
	beginning?: number[];
}

const DECODERS: Record<string, Decoder> = {
	gzip: { create: createGunzip, beginning: [0x1f, 0x8b] },
	'x-gzip': { create: createGunzip, beginning: [0x1f, 0x8b] },
	deflate: { create: createInflate, beginning: [0x78] },
	br: { create: createBrotliDecompress },
};

/** Unlike Buffer.toString, it drops a byte order mark. */
const UTF_8 = new TextDecoder();

/**
 * Reads a body piece by piece. Packed bodies are not asked for, but some gateways send them all the same.
 *
 * @param onBytes told of each piece, unpacked; what it throws ends the reading, and the connection with it.
 * @throws {ApiFailure} `connection` or `timeout`; the signal's reason when it aborts; what `onBytes` throws.
 */
export async function readBody(
	{ body, headers }: Body,
	onBytes: (bytes: Buffer) => void,
	signal?: AbortSignal,
): Promise<void> {
	const decoder = DECODERS[headers['content-encoding']?.trim().toLowerCase() ?? ''];
	let thrown: unknown;
	try {
		for await (const chunk of decoder ? await unpack(body, decoder) : (body as AsyncIterable<Buffer>)) {
			try {
				onBytes(chunk);
			} catch (error) {
				thrown = error;
				throw error;
			}
		}
	} catch (error) {
		signal?.throwIfAborted();
		// A mistake of ours, or of the caller's, is not the network's.
		throw error === thrown || error instanceof ApiFailure ? error : networkFailure(error);
	}
	// undici takes a connection back one turn of the event loop after its answer; a request begun before that would
	// open another.
	await nextTurn();
}

async function unpack(
	body: Body['body'],
	{ create, beginning = [] }: Decoder,
): Promise<AsyncIterable<Buffer>> {
	const pieces = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
	const first = await pieces.next();
	const all = (async function* () {
		if (!first.done) yield first.value;
		yield* { [Symbol.asyncIterator]: () => pieces };
	})();
	// The first piece may be a single byte.
	const isPacked = !first.done && beginning.every((byte, at) => byte === (first.value[at] ?? byte));
	// The callback has nothing to do: the reader sees the error, too.
	return isPacked ? pipeline(Readable.from(all), create(), () => {}) : all;
}

/**
 * Reads a body as text.
 *
 * @param maxBytes a longer body, unpacked, is cut off and rejected.
 * @throws {ApiFailure} `too_large`, and as `readBody` does.
 */
export async function readText(response: Body, maxBytes: number, signal?: AbortSignal): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	const keep = (chunk: Buffer) => {
		bytes += chunk.length;
		if (bytes > maxBytes) throw new ApiFailure('too_large', `The reply is larger than ${maxBytes} bytes`);
		chunks.push(chunk);
	};
	await readBody(response, keep, signal);
	return UTF_8.decode(Buffer.concat(chunks));
}
