import { isDeepStrictEqual } from 'node:util';
import { jsonrepair } from 'jsonrepair';
import { parseJson } from '../core/json';
import { splitThoughts } from '../core/thoughts';

/** What had to be done to a text before it was JSON. */
export type JsonRepair = 'extracted' | 'mended';

export type JsonReading = { value: unknown; repair?: JsonRepair } | { problem: string };

/**
 * Reads the JSON that a model wrote: as it stands, else without code fences and words around it, else with its
 * mistakes mended. What is not complete is not mended: half an object would look like a whole one.
 *
 * @param what the text is, for the problem.
 */
export function readJsonReply(text: string, what = 'the reply'): JsonReading {
	if (!text.trim()) return { problem: `${what} is empty` };
	const value = parseJson(text);
	if (value !== undefined) return { value };
	const { text: answer } = splitThoughts(text);
	if (hasSeveral(answer))
		return { problem: `${what} holds several JSON objects, of which only one can count` };
	const inside = insideFences(answer) ?? answer;
	const cut = fromFirstToLastBracket(inside);
	// A fence may hold a text that has fences itself.
	for (const candidate of [inside, cut, fromFirstToLastBracket(answer)]) {
		const taken = parseJson(candidate);
		if (taken !== undefined) return { value: taken, repair: 'extracted' };
	}
	if (!/[{[]/.test(inside)) return { problem: `${what} holds no JSON` };
	const repaired = tryRepair(cut);
	if (repaired === undefined || makesUpQuotes(cut, repaired))
		return { problem: `${what} is not valid JSON: ${whyNot(cut)}` };
	if (isIncomplete(cut, repaired)) return { problem: 'its JSON ends in the middle' };
	const read = parseJson(repaired);
	return read === undefined
		? { problem: `${what} is not valid JSON: ${whyNot(cut)}` }
		: { value: read, repair: 'mended' };
}

/** Whether fences hold different JSON, such as a draft and its correction: which of them counts, only the model knows. */
function hasSeveral(text: string): boolean {
	const blocks = [...text.matchAll(/```[\w-]*[^\S\n]*\n?([\s\S]*?)```/g)].map(([, block]) =>
		parseJson(block!),
	);
	const found = blocks.filter((value) => typeof value === 'object' && value !== null);
	return found.some((value) => !isDeepStrictEqual(value, found[0]));
}

/** Models open a fence with three backticks and perhaps a language, and may forget to close it. */
function insideFences(text: string): string | undefined {
	return /```[\w-]*[^\S\n]*\n?([\s\S]*?)(?:```|$)/.exec(text)?.[1];
}

function fromFirstToLastBracket(text: string): string {
	const start = text.search(/[{[]/);
	if (start < 0) return text;
	const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
	const rest = text.slice(start);
	if (end < start) return rest;
	// What follows the last bracket may be an explanation, but also the beginning of the next field.
	const after = text.slice(end + 1);
	return /^\s*[,"':\d]/.test(after) ? rest : text.slice(start, end + 1);
}

function tryRepair(text: string): string | undefined {
	try {
		return jsonrepair(text);
	} catch {
		return undefined;
	}
}

/** Whether a repair changed the text: jsonrepair makes a double quote of an apostrophe in single quotes ('it's'). */
function makesUpQuotes(text: string, repaired: string): boolean {
	return (repaired.match(/\\"/g)?.length ?? 0) > (text.match(/"/g)?.length ?? 0);
}

/**
 * Whether brackets or a text are still open at the end, the repair had to close some, or the model left out the rest of
 * a list by dots. In doubt it is incomplete: then the model is asked again.
 */
function isIncomplete(text: string, repaired: string): boolean {
	const closing = (json: string) => json.match(/[}\]]/g)?.length ?? 0;
	return isOpen(text) || closing(repaired) > closing(text) || /[,[{]\s*(?:\.\.\.|…)\s*,?\s*[}\]]/.test(text);
}

function isOpen(json: string): boolean {
	let depth = 0;
	let isText = false;
	for (let at = 0; at < json.length; at++) {
		const char = json[at];
		if (char === '"') isText = !isText;
		else if (isText) at += char === '\\' ? 1 : 0;
		else if (char === '{' || char === '[') depth++;
		else if (char === '}' || char === ']') depth--;
	}
	return isText || depth > 0;
}

function whyNot(text: string): string {
	try {
		JSON.parse(text);
	} catch (error) {
		// V8 quotes the text, which says more than the position.
		return (error as Error).message;
	}
	return 'it cannot be read';
}
