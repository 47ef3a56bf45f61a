import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { readText } from '../../../client/http/body';
import type { HttpResponse } from '../../../client/http/transport';

const TEXT = '{"text":"Grüße"}';

/** Reads bytes that arrive in pieces of a size, under a label. */
const read = async (label: string, bytes: Buffer, size: number) => {
	const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
		bytes.subarray(index * size, (index + 1) * size),
	);
	const body = Readable.from(pieces) as HttpResponse['body'];
	return await readText({ body, headers: { 'content-encoding': label } }, 1000);
};

describe.each([
	['whole', 1000],
	['byte by byte', 1],
])('a body that comes %s', (_, size) => {
	test.each([
		['gzip', gzipSync(TEXT)],
		['deflate', deflateSync(TEXT)],
		['br', brotliCompressSync(TEXT)],
		['', Buffer.from(TEXT)],
	])('labelled "%s" and packed so is unpacked', async (label, bytes) => {
		expect(await read(label, bytes, size)).toBe(TEXT);
	});

	test.each(['gzip', 'deflate'])('labelled "%s" but plain is read as it is', async (label) => {
		expect(await read(label, Buffer.from(TEXT), size)).toBe(TEXT);
	});
});

test('an empty body is an empty text, whatever its label', async () => {
	expect(await read('gzip', Buffer.alloc(0), 1)).toBe('');
});
