import type { LookupFunction } from 'node:net';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { untilAborted } from '../core/abort';
import { ApiFailure } from '../core/errors';
import { networkFailure } from './networkFailure';

/** The host's say in where we may connect; n8n's SSRF guard has this shape. */
export interface EgressGuard {
	/** Resolves to a result that is not `ok` when the address is forbidden. */
	validateUrl(url: URL): Promise<{ ok: true } | { ok: false; error: Error }>;
	/** A DNS lookup that fails for names that resolve to forbidden addresses. */
	createSecureLookup(): LookupFunction;
}

export interface HttpRequest {
	method: 'GET' | 'POST';
	url: URL;
	headers: Record<string, string>;
	body?: string;
	/** Milliseconds until the answer begins; no limit unless given. */
	headersTimeoutMs?: number;
	/** Milliseconds between two pieces of the answer; no limit unless given. */
	idleTimeoutMs?: number;
	signal?: AbortSignal;
}

export interface HttpResponse {
	status: number;
	/** Lower-case names; a header sent more than once is joined with ", ". */
	headers: Record<string, string>;
	/** Must be read to its end, or dumped, for the connection to be used again. */
	body: Dispatcher.ResponseData['body'];
}

export interface Transport {
	/** @throws {ApiFailure} `blocked`, `connection` or `timeout`; the signal's reason when it aborts. */
	send(request: HttpRequest): Promise<HttpResponse>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Idle connections are kept this long unless the server names less, so that bursts of items reuse them. */
const KEEP_ALIVE_MS = 30_000;

/**
 * One dispatcher per guard, of which a host has one, and connect time-out, for the life of the process: all nodes and
 * executions share the connections. Idle sockets close by themselves and do not keep the process alive.
 */
const dispatchers = new Map<EgressGuard | undefined, Map<number, Dispatcher>>();

function dispatcherFor(guard: EgressGuard | undefined, connectTimeoutMs: number): Dispatcher {
	let ofGuard = dispatchers.get(guard);
	if (!ofGuard) dispatchers.set(guard, (ofGuard = new Map<number, Dispatcher>()));
	let dispatcher = ofGuard.get(connectTimeoutMs);
	if (!dispatcher) ofGuard.set(connectTimeoutMs, (dispatcher = createDispatcher(guard, connectTimeoutMs)));
	return dispatcher;
}

function createDispatcher(guard: EgressGuard | undefined, connectTimeoutMs: number): Dispatcher {
	// Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as n8n's own requests do; ALL_PROXY stands in for the first two
	// there, but undici does not know it. Empty means none; a missing scheme means http.
	const variable = (name: string) => {
		const value = process.env[name] || process.env[name.toUpperCase()];
		return value && !value.includes('://') ? `http://${value}` : value;
	};
	const options: Agent.Options = {
		connect: { timeout: connectTimeoutMs, ...(guard && { lookup: guard.createSecureLookup() }) },
		keepAliveTimeout: KEEP_ALIVE_MS,
		// One answer per connection at a time: behind a slow completion another would wait minutes.
		pipelining: 1,
		allowH2: false,
	};
	const httpProxy = variable('http_proxy') || variable('all_proxy') || '';
	const httpsProxy = variable('https_proxy') || variable('all_proxy') || '';
	if (!httpProxy && !httpsProxy) return new Agent(options);
	try {
		return new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy });
	} catch (error) {
		throw new ApiFailure('proxy', 'The address of the proxy is not valid', {}, error);
	}
}

/**
 * Sends requests over kept-alive connections. Redirects are not followed: the key goes to the address the user
 * named and nowhere else.
 *
 * @param connectTimeoutMs for each connection, in milliseconds.
 */
export function createTransport(guard?: EgressGuard, connectTimeoutMs = CONNECT_TIMEOUT_MS): Transport {
	return {
		async send({ method, url, headers, body, headersTimeoutMs, idleTimeoutMs, signal }) {
			try {
				if (guard) await allow(guard, url, signal);
				const response = dispatcherFor(guard, connectTimeoutMs).request({
					origin: url.origin,
					path: url.pathname + url.search,
					method,
					headers,
					body,
					// undici's own limits of five minutes would end a long reasoning.
					headersTimeout: headersTimeoutMs ?? 0,
					bodyTimeout: idleTimeoutMs ?? 0,
					signal,
				});
				// undici notices a signal only once it is connected.
				const { statusCode, headers: answered, body: answer } = await untilAborted(response, signal);
				return { status: statusCode, headers: flat(answered), body: answer };
			} catch (error) {
				signal?.throwIfAborted();
				throw error instanceof ApiFailure ? error : networkFailure(error);
			}
		},
	};
}

async function allow(guard: EgressGuard, url: URL, signal?: AbortSignal): Promise<void> {
	signal?.throwIfAborted();
	// The guard asks the resolver, which may take long and cannot be told to stop: when cancelled, it is left behind.
	const verdict = await untilAborted(guard.validateUrl(url), signal);
	if (!verdict.ok) throw new ApiFailure('blocked', verdict.error.message, {}, verdict.error);
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
	const result: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
	}
	return result;
}
