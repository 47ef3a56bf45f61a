import * as z from 'zod/v4-mini';
import { ApiFailure, type FailureDetails, type FailureKind } from '../core/errors';
import { parseJson } from '../core/json';

// Its fields are of any type: compatible servers send a code as a number, a parameter as an object, null for the rest.
const envelopeSchema = z.object({ error: z.union([z.looseObject({}), z.string()]) });

/** Keys under which servers that are not OpenAI put their message. */
const FOREIGN_MESSAGE_KEYS = ['message', 'detail', 'details', 'error_description', 'title'];
const LONGEST_MESSAGE = 500;

/**
 * Makes a failure of an answer that is not a success, or of a 200 that carries an error object.
 *
 * @param body the answer's body as text, in whatever format the server chose.
 */
export function statusFailure(status: number, headers: Record<string, string>, body: string): ApiFailure {
	const error = readError(body);
	const details: FailureDetails = { status, headers };
	if (error.code) details.code = error.code;
	if (error.type) details.type = error.type;
	if (error.param) details.param = error.param;
	const requestId = requestIdOf(headers);
	if (requestId) details.requestId = requestId;
	return new ApiFailure(failureKind(status, error), shortenedMessage(error.message), details);
}

/** The server's name for a request; Azure has a header of its own. */
export function requestIdOf(headers: Record<string, string>): string | undefined {
	return headers['x-request-id'] || headers['apim-request-id'] || undefined;
}

/**
 * Whether a body that came with a 200 is an error all the same; some gateways answer so, others add an empty error
 * to a good reply.
 */
export function isErrorBody(json: unknown): boolean {
	// Most bodies are none, and a schema is slow to say no.
	if (typeof json !== 'object' || json === null || !('error' in json)) return false;
	const envelope = z.safeParse(envelopeSchema, json);
	return envelope.success && Object.keys(envelope.data.error).length > 0 && !('choices' in json);
}

interface ErrorFields {
	message: string;
	code?: string;
	type?: string;
	param?: string;
}

function readError(body: string): ErrorFields {
	const parsed = parseJson(body);
	if (parsed === undefined) return { message: plainText(body) };
	// Google wraps the error in a list.
	const json: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
	const envelope = z.safeParse(envelopeSchema, json);
	if (!envelope.success) return { message: foreignMessage(json) ?? body };
	const { error } = envelope.data;
	if (typeof error === 'string') return { message: error };
	return {
		message: textOrNumber(error.message) ?? foreignMessage(json) ?? body,
		code: textOrNumber(error.code),
		type: textOrNumber(error.type),
		param: textOrNumber(error.param),
	};
}

function textOrNumber(value: unknown): string | undefined {
	return (typeof value === 'string' && value) || typeof value === 'number' ? String(value) : undefined;
}

function foreignMessage(json: unknown): string | undefined {
	const fields = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
	return FOREIGN_MESSAGE_KEYS.map((key) => textOrNumber(fields[key])).find((text) => text !== undefined);
}

/** A proxy's HTML error page says what it has to say in its title. */
function plainText(body: string): string {
	const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1];
	return (title ?? body).replace(/\s+/g, ' ').trim();
}

function shortenedMessage(text: string): string {
	return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

/** Not the request's fault, but answered with a 400 and told in words only, by the servers named. */
const SAID_BY_400: Array<[RegExp, FailureKind]> = [
	// vLLM.
	[/maximum context length/i, 'context_length'],
	// Google, xAI.
	[/api key not valid|incorrect api key/i, 'refused_key'],
	// Alibaba Cloud, Anthropic.
	[/\barrearage\b|credit balance is too low/i, 'quota'],
	// DeepSeek, OpenRouter.
	[/model not exist|not a valid model id/i, 'unknown_model'],
];

/**
 * OpenRouter's words for a 402 that is about one request: for fewer tokens the credit is enough. With 0 of them it is
 * empty.
 */
const TOO_DEAR = /\bcan only afford [1-9]|\bprompt tokens limit exceeded: \d+ > [1-9]/i;

function failureKind(httpStatus: number, { message, code, type }: ErrorFields): FailureKind {
	// OpenRouter sends a 200 whose error code is the status it means.
	const status = httpStatus < 300 && /^[45]\d\d$/.test(code ?? '') ? Number(code) : httpStatus;
	const named = `${code ?? ''} ${type ?? ''}`;
	if (status === 402) return TOO_DEAR.test(message) ? 'bad_request' : 'quota';
	if (/insufficient_quota|billing_hard_limit|billing_not_active/.test(named)) return 'quota';
	// Groq sends a 413 with the code of a rate limit, but the same request will never fit.
	if (/context_length_exceeded/.test(named) || status === 413 || /^request too large/i.test(message)) {
		return 'context_length';
	}
	if (/model_not_found|DeploymentNotFound/.test(named)) return 'unknown_model';
	if (/invalid_api_key/.test(named)) return 'refused_key';
	if (status === 429 || /rate_limit/.test(named)) return 'rate_limit';
	if (status === 503 || status === 529 || /overloaded/.test(named)) return 'overloaded';
	if (status === 408) return 'timeout';
	// 409 is a conflict with another request just now.
	if (status >= 500 || status === 409) return 'server';
	if (status === 401) return 'refused_key';
	// OpenRouter's answer to a text that its moderation flags, besides those a 403 is for elsewhere.
	if (status === 403) return /\bflagged\b/i.test(message) ? 'bad_request' : 'forbidden';
	// Ollama and vLLM name the model in the message only.
	if (status === 404) return /\bmodel\b/i.test(message) ? 'unknown_model' : 'not_found';
	if (status >= 300 && status < 400) return 'redirect';
	if (status >= 400 || /invalid_request/.test(named)) {
		return SAID_BY_400.find(([words]) => words.test(`${named} ${message}`))?.[1] ?? 'bad_request';
	}
	// A 2xx with an error object that names no cause: no promise kept, so worth another try.
	return 'bad_reply';
}
