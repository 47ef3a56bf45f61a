/** A JSON object of which nothing is known. */
export type JsonObject = { [name: string]: unknown };

/** A JSON Schema, or a part of one. */
export type JsonSchema = JsonObject;

/** Whether a value is what JSON calls an object: no list, and not null. */
export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON from a server.
 *
 * @returns undefined when the text is not JSON. Keys named `__proto__` are left out, since
 * code that copies the value later would change a prototype by them.
 */
export function parseJson(text: string): unknown {
	try {
		// The reviver makes parsing several times slower, so only texts that may need it pay for it.
		return mayHoldProto(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Whether a text has the key itself, or a letter or underscore written as an escape, which no serializer does. */
function mayHoldProto(text: string): boolean {
	return text.includes('__proto__') || (text.includes('\\u00') && /\\u00[567][0-9a-f]/i.test(text));
}

function withoutProto(key: string, value: unknown): unknown {
	return key === '__proto__' ? undefined : value;
}
