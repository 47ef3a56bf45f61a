import { pipeline, type Transform } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ApiFailure } from '../core/errors';
import { networkFailure } from './networkFailure';
import type { HttpResponse } from './transport';

type Body = Pick<HttpResponse, 'body' | 'headers'>;

const DECODERS: Record<string, () => Transform> = {
	gzip: createGunzip,
	'x-gzip': createGunzip,
	deflate: createInflate,
	br: createBrotliDecompress,
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
	const decoder = DECODERS[headers['content-encoding']?.trim().toLowerCase() ?? '']?.();
	let thrown: unknown;
	try {
		// The callback has nothing to do: the loop sees the error, too.
		const unpacked = decoder ? pipeline(body, decoder, () => {}) : body;
		for await (const chunk of unpacked as AsyncIterable<Buffer>) {
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
