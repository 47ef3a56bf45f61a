/** What the stand-in API answers when it is asked for JSON: values that fit the schema, taken from the text if it can. */

interface Schema {
	type?: string | string[];
	enum?: unknown[];
	format?: string;
	minimum?: number;
	properties?: Record<string, Schema>;
	items?: Schema;
	anyOf?: Schema[];
	description?: string;
}

export interface Told {
	text: string;
	/** Descriptions of values to choose from, by value. */
	meanings: Map<string, string>;
}

const GOOD = /\b(thanks?|love|great|happy|perfect|excellent|wonderful|good)\b/gi;
const BAD = /\b(angry|broken|bad|late|terrible|awful|never|refund|complain\w*|disappointed|worst|not)\b/gi;
const DATE = /\b\d{4}-\d{2}-\d{2}\b/;
const EMAIL = /[\w.+-]+@[\w-]+\.[\w.-]+/;

/** A value that fits the schema. */
export function valueFor(schema: Schema, told: Told, name = ''): unknown {
	const types = [schema.type ?? []].flat();
	const orNull = types.includes('null') || schema.enum?.includes(null);
	if (schema.anyOf) return valueFor(schema.anyOf[0]!, told, name);
	if (schema.enum) return chosen(schema.enum, told) ?? (orNull ? null : schema.enum[0]);
	if (types.includes('object')) {
		const fields = Object.entries(schema.properties ?? {});
		return Object.fromEntries(fields.map(([field, inner]) => [field, valueFor(inner, told, field)]));
	}
	if (types.includes('array')) return listFor(schema.items ?? {}, told, name);
	if (types.includes('boolean')) return words(name).some((word) => mentions(told.text, word));
	if (types.includes('number') || types.includes('integer')) {
		if (schema.minimum !== undefined) return schema.minimum < 0 ? feeling(told.text) : 0.9;
		const found = /-?\d+(?:\.\d+)?/.exec(told.text.replace(DATE, ''))?.[0];
		if (found === undefined) return orNull ? null : 0;
		return types.includes('integer') ? Math.round(Number(found)) : Number(found);
	}
	return textFor(schema, told.text, name) ?? (orNull ? null : firstSentence(told.text));
}

export function firstSentence(text: string): string {
	return /^[\s\S]*?[.!?](?=\s|$)/.exec(text.trim())?.[0] ?? text.trim();
}

function listFor(items: Schema, told: Told, name: string): unknown[] {
	if (!items.enum) return [valueFor(items, told, name)].filter((value) => value !== null);
	const fitting = items.enum.filter((value) => fit(String(value), told) > 0);
	return fitting.length > 0 ? fitting : items.enum.slice(0, 1);
}

/** The value that has most words in common with the text, those of its description included. */
function chosen(values: unknown[], told: Told): unknown {
	const texts = values.filter((value) => typeof value === 'string');
	if (texts.includes('positive') && texts.includes('negative')) {
		const score = feeling(told.text);
		return score > 0 ? 'positive' : score < 0 ? 'negative' : texts.find((text) => text === 'neutral');
	}
	const [best] = texts.map((text) => ({ text, points: fit(text, told) })).sort((a, b) => b.points - a.points);
	return best && best.points > 0 ? best.text : undefined;
}

function fit(value: string, { text, meanings }: Told): number {
	return words(`${value} ${meanings.get(value) ?? ''}`).filter((word) => mentions(text, word)).length;
}

/** "invoices" also fits "invoice". */
function mentions(text: string, word: string): boolean {
	return words(text).some(
		(other) => other === word || (word.length > 4 && other.startsWith(word.slice(0, -2))),
	);
}

const words = (text: string) =>
	text
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.toLowerCase()
		.split(/[^\p{L}\d]+/u)
		.filter((word) => word.length > 2 || /\d/.test(word));

/** From -1 to 1, by a few words. */
function feeling(text: string): number {
	const good = text.match(GOOD)?.length ?? 0;
	const bad = text.match(BAD)?.length ?? 0;
	return good === bad ? 0 : Math.round((10 * (good - bad)) / (good + bad)) / 10;
}

function textFor({ format, description = '' }: Schema, text: string, name: string): string | undefined {
	if (format === 'date') return DATE.exec(text)?.[0];
	if (/mail/i.test(name)) return EMAIL.exec(text)?.[0];
	if (/language/i.test(name)) return 'en';
	// Something like A-1234 in the text, where the field is about a number.
	if (/number|code|\bid\b/i.test(`${name} ${description}`)) return /\b[A-Z]+-\d+\b/.exec(text)?.[0];
	if (/name|customer|sender/i.test(name))
		return /\b(?:I am|my name is|from|by) ((?:\p{Lu}[\p{L}'-]+ ?)+)/u.exec(text)?.[1]?.trim();
	if (/summary|translation|wish|topic|request/i.test(name)) return firstSentence(text);
	return undefined;
}
