import { ApiFailure, type FailureKind } from '../core/errors';

/** undici's and Node's codes for "nothing came in time". */
const TIMEOUT_CODES: ReadonlySet<string> = new Set([
	'UND_ERR_CONNECT_TIMEOUT',
	'UND_ERR_HEADERS_TIMEOUT',
	'UND_ERR_BODY_TIMEOUT',
	'ETIMEDOUT',
	'ESOCKETTIMEDOUT',
]);

/** OpenSSL's and Node's codes for a certificate or a handshake that will not become valid by trying again. */
const CERTIFICATE_CODE = /CERT|^(ERR_TLS|ERR_SSL|UNABLE_TO_)|^EPROTO$/;

/** undici's words when a proxy answers the request for a tunnel with 403, 407 or another rejection. */
const PROXY_REJECTION = /Proxy response \(4\d\d\)/;

/**
 * Turns what the HTTP client threw into a failure, by the first error code found along the `cause` chain
 * (proxies and TLS wrap the one that matters). A connection that a server closed just as we reused it is among
 * them, and as retryable as any other.
 */
export function networkFailure(error: unknown): ApiFailure {
	const chain = [...causes(error)];
	const code = chain.map((link) => link.code).find(isText);
	const message = chain.map((link) => link.message).find(isText) ?? String(error);
	const details = code === undefined ? {} : { code };
	// n8n's SSRF guard rejects inside the DNS lookup with errors of its own classes, known by name only.
	const blocked = chain.some(({ name }) => isText(name) && name.startsWith('SsrfBlocked'));
	if (blocked) return new ApiFailure('blocked', message, {}, error);
	return new ApiFailure(PROXY_REJECTION.test(message) ? 'proxy' : networkKind(code), message, details, error);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value !== '';
}

function networkKind(code: string | undefined): FailureKind {
	if (code === undefined) return 'connection';
	if (TIMEOUT_CODES.has(code)) return 'timeout';
	if (CERTIFICATE_CODE.test(code)) return 'certificate';
	// undici itself rejects the request, and would reject it again.
	if (/^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)$/.test(code)) return 'bad_request';
	return 'connection';
}

/** Known by its properties: n8n may load this package in a context where Node's errors are of another `Error` class. */
interface ErrorLink {
	name?: unknown;
	/** Empty when there are several `errors`. */
	message?: unknown;
	code?: unknown;
	cause?: ErrorLink;
	/** One for each address tried, when a host name has several. */
	errors?: ErrorLink[];
}

function* causes(error: unknown): Generator<ErrorLink> {
	let link = error as ErrorLink | null | undefined;
	// A bound, because nothing forbids an error from being its own cause.
	for (let depth = 0; depth < 8 && typeof link === 'object' && link !== null; depth++) {
		yield link;
		link = link.errors?.[0] ?? link.cause;
	}
}
