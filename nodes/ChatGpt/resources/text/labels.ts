import { isObject, UNKNOWN_LABEL, type JsonObject, type NormalizeReply } from '../../../../client';
import { shown } from '../../../../host/parameters/inputProblem';

const MOST_NAMED = 20;
const NOTHING = ['none', 'null'];

/** Which labels a reply may name, and where. */
export interface LabelRule {
	/** The field of the reply: one label, or a list of them. */
	field: string;
	labels: readonly string[];
	/** Whether there may be no label. */
	orNothing?: boolean;
	/** Whether the field is a list, for a reply that is nothing but a label. */
	inList?: boolean;
}

/**
 * Takes a label that differs from one on the list only by case, white space, or quotes and punctuation around it for
 * that one. Any other is a problem: it is asked for again, never guessed.
 */
export function normalizeLabels(rule: LabelRule): NormalizeReply {
	const byKey = new Map(rule.labels.map((label) => [labelKey(label), label]));
	return (value) => {
		if (typeof value === 'string') return fromBareLabel(value, rule, byKey);
		return isObject(value) && rule.field in value ? fromObject(value, rule, byKey) : { value };
	};
}

/** Makes of a reply that is only the label the object that it stands for; leaves a text that is no label. */
function fromBareLabel(
	text: string,
	{ field, orNothing, inList }: LabelRule,
	byKey: Map<string, string>,
): ReturnType<NormalizeReply> {
	const label = closestLabel(text, byKey);
	if (label === undefined && !(orNothing && isNothing(text))) return { value: text };
	const chosen = label === undefined ? [] : [label];
	return {
		value: { [field]: inList ? chosen : (label ?? null) },
		note: `The model said only ${shown(text)}, which was taken as ${label === undefined ? 'none' : shown(label)}.`,
	};
}

function fromObject(
	value: JsonObject,
	{ field, labels, orNothing }: LabelRule,
	byKey: Map<string, string>,
): ReturnType<NormalizeReply> {
	const said: unknown[] = [value[field]].flat();
	const chosen: string[] = [];
	const notes: string[] = [];
	for (const one of said) {
		if (one === null) continue;
		const text = typeof one === 'number' ? String(one) : one;
		if (typeof text !== 'string') return { value };
		const label = labels.includes(text) ? text : closestLabel(text, byKey);
		if (label === undefined && !(orNothing && isNothing(text))) {
			return unknownLabel(`it said ${shown(text)}, but the choices are ${namedLabels(labels)}`);
		}
		if (label !== one) {
			const taken = label === undefined ? 'none' : shown(label);
			notes.push(`The model said ${shown(one)}, which was taken as ${taken}.`);
		}
		if (label !== undefined && !chosen.includes(label)) chosen.push(label);
	}
	if (chosen.length === 0 && !orNothing) {
		return unknownLabel(`it named no category; the choices are ${namedLabels(labels)}`);
	}
	return {
		value: { ...value, [field]: Array.isArray(value[field]) ? chosen : (chosen[0] ?? null) },
		...(notes.length > 0 && { note: notes.join(' ') }),
	};
}

function unknownLabel(problem: string) {
	return { problem, code: UNKNOWN_LABEL };
}

function isNothing(text: string): boolean {
	return NOTHING.includes(labelKey(text));
}

/** What two labels have in common that are the same to a reader. */
export function labelKey(label: string): string {
	return label.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function closestLabel(said: string, byKey: Map<string, string>): string | undefined {
	// Only what stands around a word in a sentence: "C" is not C++.
	const bare = said.replace(/^[\s"'`*_«»„“”‘’([{]+|[\s"'`*_«»„“”‘’)\]}.,:;!?]+$/g, '');
	return byKey.get(labelKey(said)) ?? byKey.get(labelKey(bare));
}

function namedLabels(labels: readonly string[]): string {
	const named = labels.slice(0, MOST_NAMED).map((label) => JSON.stringify(label));
	const more = labels.length - named.length;
	return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
