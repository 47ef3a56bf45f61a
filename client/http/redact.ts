import type { ApiFailure, FailureDetails } from '../core/errors';

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

/** The same failure without secrets in what it says in the server's words, its headers included. */
export function redactedFailure(failure: ApiFailure, secrets: readonly string[]): ApiFailure {
	const { headers, code, type, param, requestId } = failure.details;
	const hide = (value: string | undefined) => value && redact(value, secrets);
	const message = redact(failure.message, secrets);
	const said = definedDetails({
		code: hide(code),
		type: hide(type),
		param: hide(param),
		requestId: hide(requestId),
	});
	const shown =
		headers &&
		Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(value, secrets)]));
	return failure.with({ ...said, ...(shown && { headers: shown }) }, message);
}

function definedDetails(details: FailureDetails): FailureDetails {
	return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
