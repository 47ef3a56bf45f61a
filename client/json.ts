/**
 * Parses JSON from a server.
 *
 * @returns undefined when the text is not JSON. Keys named `__proto__` are left out: whoever copies the value
 * later must not be able to change a prototype by it.
 */
export function parseJson(text: string): unknown {
	try {
		// The reviver makes parsing several times slower, so only texts that need it pay for it.
		return text.includes('__proto__') ? JSON.parse(text, withoutProto) : JSON.parse(text);
	} catch {
		return undefined;
	}
}

function withoutProto(key: string, value: unknown): unknown {
	return key === '__proto__' ? undefined : value;
}
