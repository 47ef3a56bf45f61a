import { isObject, parseJson, type JsonObject } from '../core/json';

/** What an answer says went wrong, in whatever form the server chose. */
export interface ErrorBody {
	message: string;
	code?: string;
	type?: string;
	param?: string;
	/** The reply that the server itself could not use (Groq, of a model that wrote no JSON). */
	text?: string;
	/** How long the body asks to wait, in milliseconds. */
	retryAfterMs?: number;
	/** Headers of the server behind a gateway, in lower case, which OpenRouter passes on in the body. */
	headers: Record<string, string>;
	/** Whether the answer is a page for people: a proxy or firewall spoke, and not the API. */
	isWebPage: boolean;
}

/** Keys under which servers that are not OpenAI put their message. */
const FOREIGN_MESSAGE_KEYS = ['message', 'detail', 'details', 'error_description', 'title', 'msg', 'reason'];
/** Longer texts say no more, and would fill the execution; a code or type this long is none. */
const LONGEST_MESSAGE = 500;
const LONGEST_CODE = 200;
/** More of a page, or of a text that is no JSON, is not looked at. */
const LONGEST_PAGE = 20_000;

/** @param body the answer's body as text. */
export function readErrorBody(body: string): ErrorBody {
	const parsed = parseJson(body);
	// Google wraps the error in a list.
	const json: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
	if (!isObject(json)) return { message: plainText(body), headers: {}, isWebPage: /^\s*</.test(body) };
	const error = errorOf(json);
	const message = textIn(error, ['message']) ?? foreignMessage(error) ?? foreignMessage(json) ?? body;
	const metadata = isObject(error.metadata) ? error.metadata : {};
	return {
		message: shortened(withReason(message, metadata.raw), LONGEST_MESSAGE),
		...codes(error),
		...(typeof error.failed_generation === 'string' && { text: error.failed_generation }),
		...waitIn(error, json),
		headers: headersIn(metadata.headers),
		isWebPage: false,
	};
}

/**
 * Whether a body that came with a 200 is an error all the same; some gateways answer so, others add an empty error
 * to a good reply.
 */
export function isErrorBody(json: unknown): boolean {
	if (!isObject(json)) return false;
	const hasChoices = Array.isArray(json.choices) && json.choices.length > 0;
	if (json.object === 'error') return !hasChoices;
	const { error } = json;
	const isGiven = typeof error === 'string' ? error !== '' : isObject(error) && Object.keys(error).length > 0;
	return isGiven && !hasChoices;
}

/** The error itself: under its key, as a text, in a list (Cloudflare), or the whole answer (vLLM). */
function errorOf(json: JsonObject): JsonObject {
	const { error, errors } = json;
	if (typeof error === 'string' && error) return { ...json, message: error };
	if (isObject(error)) return error;
	const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
	return isObject(first) ? first : json;
}

function codes(error: JsonObject): Pick<ErrorBody, 'code' | 'type' | 'param'> {
	const [code, type, param] = ['code', 'type', 'param'].map((key) => textIn(error, [key], LONGEST_CODE));
	return { ...(code && { code }), ...(type && { type }), ...(param && { param }) };
}

/** OpenRouter's "Provider returned error" comes with the provider's own words beside it, often as JSON. */
function withReason(message: string, raw: unknown): string {
	if (typeof raw !== 'string' || !raw.trim()) return message;
	const json = parseJson(raw.slice(0, LONGEST_PAGE));
	const inner = isObject(json) ? errorOf(json) : undefined;
	const reason = (inner && (textIn(inner, ['message']) ?? foreignMessage(inner))) ?? plainText(raw);
	return message.includes(reason) ? message : `${message}: ${reason}`;
}

function foreignMessage(fields: JsonObject): string | undefined {
	return textIn(fields, FOREIGN_MESSAGE_KEYS);
}

/** The first of the keys that holds a text or a number. */
function textIn(fields: JsonObject, keys: string[], longest = LONGEST_MESSAGE): string | undefined {
	for (const key of keys) {
		const value = fields[key];
		if (typeof value === 'number' || (typeof value === 'string' && value)) {
			return shortened(String(value), longest);
		}
	}
	return undefined;
}

/** Google names the wait as "39s" among the details; others as seconds beside the message. */
function waitIn(error: JsonObject, json: JsonObject): { retryAfterMs?: number } {
	const details = Array.isArray(error.details) ? (error.details as unknown[]) : [];
	for (const detail of details.slice(0, 20)) {
		const delay = isObject(detail) ? detail.retryDelay : undefined;
		const seconds = typeof delay === 'string' ? /^(\d{1,7}(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined;
		if (seconds !== undefined) return { retryAfterMs: Number(seconds) * 1000 };
	}
	for (const fields of [error, json]) {
		const ms = fields.retry_after_ms;
		if (typeof ms === 'number' && ms >= 0) return { retryAfterMs: ms };
		const seconds = fields.retry_after ?? fields.retry_after_seconds;
		if (typeof seconds === 'number' && seconds >= 0) return { retryAfterMs: seconds * 1000 };
	}
	return {};
}

function headersIn(given: unknown): Record<string, string> {
	if (!isObject(given)) return {};
	const entries = Object.entries(given).slice(0, 50);
	return Object.fromEntries(
		entries.flatMap(([name, value]) =>
			typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [],
		),
	);
}

/** A proxy's HTML error page says what it has to say in its title. */
function plainText(body: string): string {
	const start = body.slice(0, LONGEST_PAGE);
	const title = /<title>([^<]{0,1000})<\/title>/i.exec(start)?.[1];
	return shortened((title ?? start).replace(/\s+/g, ' ').trim(), LONGEST_MESSAGE);
}

function shortened(text: string, longest: number): string {
	return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
