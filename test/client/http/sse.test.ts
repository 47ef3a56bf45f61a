import type { EventSourceMessage } from 'eventsource-parser';
import { eventReader } from '../../../client/http/sse';

function read(...pieces: Array<string | Buffer>): Array<Pick<EventSourceMessage, 'event' | 'data'>> {
	const events: EventSourceMessage[] = [];
	const reader = eventReader((event) => events.push(event));
	for (const piece of pieces) reader.feed(Buffer.from(piece));
	reader.end();
	return events.map(({ event, data }) => ({ data, ...(event && { event }) }));
}

describe.each([
	['LF', '\n'],
	['CRLF', '\r\n'],
	['CR', '\r'],
])('lines that end with %s', (name, end) => {
	const stream = Buffer.from(
		['\ufeffdata: é🌍', '', ': note', 'event: error', 'data: 1', 'data:2', '', 'data: end', '', ''].join(end),
	);
	const events = [{ data: 'é🌍' }, { event: 'error', data: '1\n2' }, { data: 'end' }];

	test(`lines that end with ${name} are told apart wherever the bytes are cut`, () => {
		for (let at = 0; at <= stream.length; at++) {
			expect(read(stream.subarray(0, at), stream.subarray(at))).toEqual(events);
		}
		expect(read(...Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(events);
	});

	test.each([1, 2])(`events are the same when %d ${name} are missing at the end`, (missing) => {
		expect(read(stream.subarray(0, -missing * end.length))).toEqual(events);
	});
});

test.each<[string, Array<string | Buffer>, string[]]>([
	['nothing', [], []],
	['no bytes', ['', ''], []],
	['only a byte order mark, in pieces', [Buffer.of(0xef), Buffer.of(0xbb, 0xbf)], []],
	['a byte order mark that is part of a text', ['data: \ufeffa\n\n'], ['\ufeffa']],
	['no data', ['event: ping\n\n', 'data\n\n'], ['']],
	['bytes that are no UTF-8', [Buffer.of(...Buffer.from('data: '), 0xff, 0xc3)], ['\ufffd\ufffd']],
])('a stream with %s gives the events of its data', (_, pieces, data) => {
	expect(read(...pieces).map((event) => event.data)).toEqual(data);
});

test('an event comes as soon as it is whole', () => {
	const onEvent = jest.fn();
	const { feed } = eventReader(onEvent);
	feed(Buffer.from('data: 1\n'));
	expect(onEvent).not.toHaveBeenCalled();
	feed(Buffer.from('\ndata: 2'));
	expect(onEvent).toHaveBeenCalledTimes(1);
});

test('what the receiver of an event throws comes out', () => {
	const mistake = new Error('Not this one');
	const fail = () => {
		throw mistake;
	};
	expect(() => eventReader(fail).feed(Buffer.from('data: 1\n\n'))).toThrow(mistake);
	const { feed, end } = eventReader(fail);
	feed(Buffer.from('data: 1'));
	expect(end).toThrow(mistake);
});

describe('an event without end', () => {
	test.each([
		['one line', 'data: '],
		['many lines', 'data: x\ndata: '],
		['a field of another name', 'foo'],
	])('an event without end, of %s, is too_large at 32 million characters', (_, start) => {
		const { feed } = eventReader(() => {});
		feed(Buffer.from(start));
		const piece = Buffer.alloc(1024 * 1024, 'x');
		for (let time = 0; time < 31; time++) feed(piece);
		expect(() => feed(piece)).toThrow(expect.objectContaining({ kind: 'too_large' }) as Error);
	});
});
