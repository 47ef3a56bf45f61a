import { ApiFailure, type FailureDetails, type FailureKind } from '../core/errors';
import { readErrorBody, type ErrorBody } from './errorBody';

/**
 * Makes a failure of an answer that is not a success, or of a 200 that carries an error object.
 *
 * @param body the answer's body as text, in whatever format the server chose.
 */
export function statusFailure(status: number, headers: Record<string, string>, body: string): ApiFailure {
	const error = readErrorBody(body);
	const requestId = requestIdOf(headers);
	const details: FailureDetails = {
		status,
		headers: { ...headers, ...error.headers },
		...(error.code && { code: error.code }),
		...(error.type && { type: error.type }),
		...(error.param && { param: error.param }),
		...(error.text && { text: error.text }),
		...(error.retryAfterMs !== undefined && { askedWaitMs: error.retryAfterMs }),
		...(error.isWebPage && { isWebPage: true as const }),
		...(requestId && { requestId }),
	};
	return new ApiFailure(failureKind(status, error), error.message, details);
}

/** The server's name for a request; Azure has a header of its own. */
export function requestIdOf(headers: Record<string, string>): string | undefined {
	return headers['x-request-id'] || headers['apim-request-id'] || undefined;
}

/**
 * An empty account in the words of servers that say it with a status of their own: OpenAI, Alibaba Cloud, Anthropic,
 * DeepSeek, MiniMax, Moonshot, Z.AI (1113). "Quota" alone is not among them: Google means a limit per minute by it.
 */
const NO_CREDIT =
	/insufficient[_ ](?:quota|(?:account )?balance|credits?|funds)|billing_(?:hard_limit|not_active)|\bbalance is (?:too low|insufficient|not enough)|balance (?:too low|not enough)|\barrearage\b|\boverdue\b|\bplease recharge\b|\bno resource package\b|\bout of credits?\b|余额不足|余额已用完|欠费/i;
/** Messages that are too long, in the words of OpenAI, vLLM, xAI, llama.cpp, Anthropic, Groq and Google. */
const TOO_LONG =
	/context_length_exceeded|exceed_context_size|maximum (?:context|prompt) length|available context size|context (?:window|size|length)[^.]{0,40}exceed|exceed[^.]{0,40}context (?:window|size|length)|prompt is too long|input is too long|input token count[^.]{0,60}exceed|^request too large/i;
/** The text was not wanted: by OpenRouter's moderation, xAI, Azure's content filter. */
const UNWANTED_CONTENT =
	/\bflagged\b|violat\w{1,4} (?:our |the )?(?:usage|content|safety)|usage (?:guidelines|policy|policies)|safety_check|content_(?:filter|policy)|content management policy|responsibleai/i;
const WRONG_KEY =
	/invalid_api_key|api key (?:not valid|expired|is invalid)|(?:incorrect|invalid|wrong|expired) api[ -]?key/i;
/** DeepSeek, OpenRouter, and OpenAI's and Azure's codes. */
const UNKNOWN_MODEL = /model_not_found|DeploymentNotFound|model not exist|not a valid model id/i;
/** OpenRouter found no server for what is asked; the address is right. */
const NO_ROUTE = /\bno endpoints found\b|\bno allowed providers\b/i;
/**
 * OpenRouter's words for a 402 that is about one request: for fewer tokens the credit is enough. With 0 of them it is
 * empty.
 */
const TOO_DEAR = /\bcan only afford [1-9]|\bprompt tokens limit exceeded: \d+ > [1-9]/i;

function failureKind(httpStatus: number, error: ErrorBody): FailureKind {
	// OpenRouter sends a 200 whose error code is the status it means.
	const status = httpStatus < 300 && /^[45]\d\d$/.test(error.code ?? '') ? Number(error.code) : httpStatus;
	const named = `${error.code ?? ''} ${error.type ?? ''}`;
	const words = `${named} ${error.message}`;
	return kindInWords(status, error, words) ?? kindOfStatus(status, named, error);
}

/** What the words say, whatever the status: servers agree on few of them. */
function kindInWords(status: number, error: ErrorBody, words: string): FailureKind | undefined {
	if (status === 402) return TOO_DEAR.test(error.message) ? 'bad_request' : 'quota';
	// A server that names a wait means a limit.
	if (status < 500 && error.retryAfterMs === undefined && NO_CREDIT.test(words)) return 'quota';
	if (error.code === 'json_validate_failed') return 'invalid_json';
	if (TOO_LONG.test(words) || TOO_LONG.test(error.message)) return 'context_length';
	if (UNKNOWN_MODEL.test(words)) return 'unknown_model';
	if (status < 500 && WRONG_KEY.test(words)) return 'refused_key';
	if ((status === 400 || status === 403) && UNWANTED_CONTENT.test(words)) return 'declined';
	return undefined;
}

function kindOfStatus(status: number, named: string, { message, isWebPage }: ErrorBody): FailureKind {
	// Groq sends a 413 with the code of a rate limit, but the same request will never fit; that of a proxy is about bytes.
	if (status === 413) return isWebPage ? 'bad_request' : 'context_length';
	if (status === 429 || /rate_limit/.test(named)) return 'rate_limit';
	// 498 is Groq's for no capacity in the Flex tier just now.
	if (status === 503 || status === 529 || status === 498 || /overloaded/.test(named)) return 'overloaded';
	if (status === 408) return 'timeout';
	// 409 is a conflict with another request just now.
	if (status >= 500 || status === 409) return 'server';
	if (status === 401) return 'refused_key';
	if (status === 403) return 'forbidden';
	if (status === 404) return kindOf404(message);
	if (status >= 300 && status < 400) return 'redirect';
	if (status >= 400 || /invalid_request|BadRequest/.test(named)) return 'bad_request';
	if (/NotFound/.test(named)) return kindOf404(message);
	// A 2xx with an error object that names no cause: no promise kept, so worth another try.
	return 'bad_reply';
}

/** Ollama and vLLM name the model in the message only. */
function kindOf404(message: string): FailureKind {
	if (NO_ROUTE.test(message) && !/\bno endpoints found for\b/i.test(message)) return 'bad_request';
	return /\bmodel\b|\bno endpoints found for\b/i.test(message) ? 'unknown_model' : 'not_found';
}
