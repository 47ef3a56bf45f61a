import fc from 'fast-check';
import { splitThoughts, ThoughtFilter } from '../../../client/core/thoughts';

describe('a whole text', () => {
	test.each<[string, string, string, string | undefined]>([
		['without tags is itself', ' Paris', ' Paris', undefined],
		['loses its thoughts', '<think>\nFrance.\n</think>\n\nParis', 'Paris', 'France.'],
		['loses each of them', '<think>a</think>\n<thinking>b</thinking> Paris', 'Paris', 'a\n\nb'],
		['loses empty ones', '<think>\n\n</think>\n\nParis', 'Paris', ''],
		['loses those that were not opened', 'France.\n</think>\n\nParis', 'Paris', 'France.'],
		['ended while the model thought', '<think>Fra', '', 'Fra'],
		[
			'may speak of the tag',
			'Close it by </think> in the end.',
			'Close it by </think> in the end.',
			undefined,
		],
		['may show both tags', 'Use <think>\nand </think>\n.', 'Use <think>\nand </think>\n.', undefined],
		['may begin with another tag', '<p>Paris</p>', '<p>Paris</p>', undefined],
	])('a text %s', (_, given, text, thoughts) => {
		expect(splitThoughts(given)).toEqual(thoughts === undefined ? { text } : { text, thoughts });
	});

	test('a text of a million tags is read', () => {
		expect(splitThoughts('<think></think>'.repeat(1_000_000)).text).toBe('');
	});
});

describe('a streamed text', () => {
	const shown = (pieces: string[]) => {
		const filter = new ThoughtFilter();
		return pieces.map((piece) => filter.pass(piece)).join('') + filter.end();
	};

	/** Pieces that are likely to be tags, whole or in parts. */
	const piece = fc.constantFrom('<', '<think>', '</think>', '<thi', 'nk>', '</', '>', ' ', '\n', 'a', '<p>');

	test('who reads along sees what the whole text says, whatever the pieces', () => {
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
				const text = pieces.join('');
				// Whether thoughts were not opened is known only after they were shown.
				fc.pre(text.includes('<think>') || !text.includes('</think>'));
				fc.pre(text.trimStart().startsWith('<think>') || !text.includes('<think>'));
				expect(shown(pieces)).toBe(splitThoughts(text).text);
			}),
			{ numRuns: 3000 },
		);
	});

	test('a text that does not begin with thoughts is shown piece by piece', () => {
		const filter = new ThoughtFilter();
		expect(['\n', 'Par', 'is <think>'].map((text) => filter.pass(text))).toEqual(['', '\nPar', 'is <think>']);
	});

	test('a million pieces of thoughts and blanks are read', () => {
		const many = Array.from({ length: 500_000 }, () => ' ');
		expect(shown([...many, '<think>', ...many.map(() => 'thought'), '</think>', 'Paris'])).toBe('Paris');
		expect(shown(Array.from({ length: 500_000 }, () => '<think></think>'))).toBe('');
		expect(shown(['<think></think>'.repeat(500_000), 'Paris'])).toBe('Paris');
	});
});
