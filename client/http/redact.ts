import type { ApiFailure } from '../core/errors';

/** Shorter values ("ollama", "none") are placeholders of local servers, and would blank out common words. */
const SHORTEST_SECRET = 8;
/** Part of a shorter one ("assistants=v2" in an extra header) may be a word that belongs there. */
const SHORTEST_ECHOED = 16;

/**
 * Takes secrets out of a text before anyone sees it. Servers echo the key in full or in part
 * ("Incorrect API key provided: sk-ab***wxyz"), so a word goes when it holds eight characters of a
 * secret in a row, or starts like one and is masked.
 *
 * @param secrets values that must not be shown; those under eight characters are left alone.
 */
export function redact(text: string, secrets: readonly string[]): string {
	const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
	if (long.length === 0) return text;
	let redacted = text;
	for (const secret of long) redacted = redacted.split(secret).join('[redacted]');
	const echoed = long.filter((secret) => secret.length >= SHORTEST_ECHOED);
	return redacted.replace(/[^\s"'`,;:()<>[\]{}=]+/g, (word) =>
		echoed.some((secret) => echoes(word, secret)) ? '[redacted]' : word,
	);
}

function echoes(word: string, secret: string): boolean {
	if (/\*\*|\.\.\.|…/.test(word)) return word.slice(0, 3) === secret.slice(0, 3);
	for (let start = 0; start + SHORTEST_SECRET <= secret.length; start++) {
		if (word.includes(secret.slice(start, start + SHORTEST_SECRET))) return true;
	}
	return false;
}

/** Takes secrets out of all that a failure says in the server's words, its headers included. */
export function redactFailure(failure: ApiFailure, secrets: readonly string[]): void {
	failure.message = redact(failure.message, secrets);
	for (const [name, value] of Object.entries(failure.details.headers ?? {})) {
		failure.details.headers![name] = redact(value, secrets);
	}
	for (const field of ['code', 'type', 'param', 'requestId'] as const) {
		const value = failure.details[field];
		if (value !== undefined) failure.details[field] = redact(value, secrets);
	}
}
