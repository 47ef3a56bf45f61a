import type { NormalizeReply } from '../../../../client/structured/repairJson';
import { UNKNOWN_LABEL } from '../../../../client/core/errors';
import { isObject } from '../../../../client/structured/jsonSchema';
import { shown } from '../../../../host/parameters/inputProblem';

const MOST_NAMED = 20;
const NOTHING = ['none', 'null'];

/**
 * Takes a label that differs from one on the list only by case, white space, or quotes and punctuation around it for
 * that one. Any other is a problem: it is asked for again, never guessed.
 *
 * @param field of the reply: one label, or a list of them.
 * @param orNothing whether there may be no label.
 * @param inList whether the field is a list, for a reply that is nothing but a label.
 */
export function normalizeLabels(
	field: string,
	labels: readonly string[],
	orNothing: boolean,
	inList = false,
): NormalizeReply {
	const byFolded = new Map(labels.map((label) => [folded(label), label]));
	const listed = (words: string) => ({
		problem: `it ${words} the choices are ${inWords(labels)}`,
		code: UNKNOWN_LABEL,
	});
	const isNothing = (text: string) => orNothing && NOTHING.includes(folded(text));
	const bare = (text: string) => {
		const label = closeTo(text, byFolded);
		if (label === undefined && !isNothing(text)) return { value: text };
		return {
			value: { [field]: inList ? (label === undefined ? [] : [label]) : (label ?? null) },
			note: `The model said only ${shown(text)}, which was taken as ${label === undefined ? 'none' : shown(label)}.`,
		};
	};
	return (value) => {
		if (typeof value === 'string') return bare(value);
		if (!isObject(value) || !(field in value)) return { value };
		const said = value[field];
		const several = Array.isArray(said);
		const chosen: string[] = [];
		const notes: string[] = [];
		for (const one of several ? (said as unknown[]) : [said]) {
			if (one === null) continue;
			const text = typeof one === 'number' ? String(one) : one;
			if (typeof text !== 'string') return { value };
			const label = labels.includes(text) ? text : closeTo(text, byFolded);
			if (label === undefined && !isNothing(text)) {
				return listed(`said ${shown(text)}, but`);
			}
			if (label !== one) {
				notes.push(
					`The model said ${shown(one)}, which was taken as ${label === undefined ? 'none' : shown(label)}.`,
				);
			}
			if (label !== undefined && !chosen.includes(label)) chosen.push(label);
		}
		if (chosen.length === 0 && !orNothing) return listed('named no category;');
		return {
			value: { ...value, [field]: several ? chosen : (chosen[0] ?? null) },
			...(notes.length > 0 && { note: notes.join(' ') }),
		};
	};
}

/** What two labels have in common that are the same to a reader. */
export function folded(label: string): string {
	return label.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function closeTo(said: string, byFolded: Map<string, string>): string | undefined {
	// Only what stands around a word in a sentence: "C" is not C++.
	const bare = said.replace(/^[\s"'`*_«»„“”‘’([{]+|[\s"'`*_«»„“”‘’)\]}.,:;!?]+$/g, '');
	return byFolded.get(folded(said)) ?? byFolded.get(folded(bare));
}

function inWords(labels: readonly string[]): string {
	const named = labels.slice(0, MOST_NAMED).map((label) => JSON.stringify(label));
	const more = labels.length - named.length;
	return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
