import fc from 'fast-check';
import type { ChatReply } from '../../../client/core/reply';
import { readChatReply } from '../../../client/endpoints/chat/response';
import { ApiFailure } from '../../../client/core/errors';
import { arbitraryCompletion } from '../../support/arbitraryCompletion';
import { chunksOf, eventOf, inPieces } from '../../support/faultServer/chunks';
import { readStream } from '../../support/streamInMemory';
import { wireQuirks } from '../../support/streamQuirks';

const pickReply = ({ choices, id, model, usage }: ChatReply) => ({ choices, id, model, usage });

const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Infinity));
const ending = fc.constantFrom('\n', '\r\n', '\r');
const quirks = fc.subarray(Object.values(wireQuirks));
/** Where to cut: after so many bytes each, or anywhere, as shares of the whole. */
const cuts = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.array(fc.double({ min: 0, max: 1, noNaN: true })));
const MOST_PIECES = 500;

function cutUp(bytes: Buffer, cuts: number | number[]): Buffer[] {
	const { length } = bytes;
	const each = typeof cuts === 'number' ? Math.max(cuts, Math.ceil(length / MOST_PIECES)) : length;
	const places =
		typeof cuts === 'number'
			? Array.from({ length: Math.floor(length / each) }, (_, piece) => piece * each)
			: [0, ...cuts.map((cut) => Math.round(cut * length)).sort((a, b) => a - b)];
	return places.map((start, piece) => bytes.subarray(start, places[piece + 1]));
}

/** A completion as a stream, in one of the ways in which servers write it. */
const stream = fc
	.record({ completion: arbitraryCompletion, count, ending, quirks })
	.map(({ completion, count, ending, quirks }) => {
		const chunks = chunksOf(completion, (text) => inPieces(text, count), true);
		const text = [...chunks, '[DONE]'].map(eventOf).join('');
		const written = quirks.reduce((text, quirk) => quirk(text), text).replaceAll('\n', ending);
		return { completion, bytes: Buffer.from(written) };
	});

test('however a stream is written and cut, its reply is that of the completion', async () => {
	const property = fc.asyncProperty(stream, cuts, async ({ completion, bytes }, cuts) => {
		const shown: string[] = [];
		const onText = (text: string, choice: number) => (shown[choice] = (shown[choice] ?? '') + text);
		const reply = await readStream(cutUp(bytes, cuts), {}, { onText });
		const plain = JSON.parse(JSON.stringify(completion)) as unknown;
		expect(pickReply(reply)).toEqual(pickReply(readChatReply(plain)));
		expect(reply.choices.map(({ index }) => shown[index] ?? '')).toEqual(
			reply.choices.map(({ text }) => text),
		);
	});
	await fc.assert(property, { numRuns: 500 });
});

/** Replies, or fails as it should; in any case no object has got a prototype of the server's making. */
async function survives(pieces: Buffer[]): Promise<void> {
	let raw: unknown;
	try {
		({ raw } = await readStream(pieces));
	} catch (error) {
		expect(error).toBeInstanceOf(ApiFailure);
	}
	expect(inheritsOnlyMethods(raw)).toBe(true);
	expect(Object.keys(Object.prototype)).toEqual([]);
}

function inheritsOnlyMethods(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return true;
	const prototype: unknown = Object.getPrototypeOf(value);
	const isPlain = prototype === Object.prototype || prototype === Array.prototype;
	return isPlain && Object.values(value).every(inheritsOnlyMethods);
}

describe('whatever comes, nothing but an ApiFailure is thrown:', () => {
	test('random bytes are a reply or an ApiFailure', async () => {
		const bytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
		await fc.assert(fc.asyncProperty(fc.array(bytes, { maxLength: 5 }), survives), { numRuns: 500 });
	});

	test('streams with parts lost, repeated or replaced are a reply or an ApiFailure', async () => {
		const share = fc.double({ min: 0, max: 1, noNaN: true });
		const bit = fc.oneof(
			fc.constantFrom(
				'\n',
				'\n\n',
				'data: ',
				'event: error\n',
				'[DONE]',
				'null',
				'"',
				'{}',
				'\0',
				'1e99',
				'-1',
			),
			fc.string(),
		);
		const change = fc.record({ at: share, length: fc.nat({ max: 40 }), bit, again: fc.boolean() });
		const property = fc.asyncProperty(
			stream,
			fc.array(change, { minLength: 1, maxLength: 5 }),
			cuts,
			async ({ bytes }, changes, cuts) => {
				let changed = bytes;
				for (const { at, length, bit, again } of changes) {
					const start = Math.round(at * changed.length);
					const end = again ? Math.max(0, start - length) : start + length;
					changed = Buffer.concat([changed.subarray(0, start), Buffer.from(bit), changed.subarray(end)]);
				}
				await survives(cutUp(changed, cuts));
			},
		);
		await fc.assert(property, { numRuns: 500 });
	});

	test('streams with anything for a value are a reply or an ApiFailure', async () => {
		const trap = fc.constantFrom(
			'{"__proto__":{"a":1}}',
			'{"\\u005f_proto__":[]}',
			'{"constructor":[1]}',
			'4294967296',
		);
		const value = fc.oneof(trap, fc.json({ maxDepth: 2 }));
		const property = fc.asyncProperty(stream, fc.nat(), value, async ({ bytes }, which, value) => {
			const values = [...bytes.toString().matchAll(/(?<=": ?)("[^"\\]*"|\d+|null|\[\]|\{\})/g)];
			const { 0: old, index } = values[which % values.length]!;
			const text = bytes.toString();
			await survives([Buffer.from(text.slice(0, index) + value + text.slice(index + old.length))]);
		});
		await fc.assert(property, { numRuns: 500 });
	});

	test('traps in every place of a stream give no object another prototype', async () => {
		const trap = '{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}';
		const fields = ['id', 'usage', 'x_groq', 'model'].map((field) => `"${field}":${trap}`);
		const choice = `{"index":0,"logprobs":${trap},"error":null,"delta":{"content":"x","tool_calls":[${trap}],"__proto__":${trap}}}`;
		await survives([
			Buffer.from(`data: {${fields.join()},"__proto__":${trap},"choices":[${choice}]}\n\ndata: [DONE]\n\n`),
		]);
	});
});
