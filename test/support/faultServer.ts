import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ok, fail } from './faultServer/behaviours';
import type { Behaviour, Behave, RecordedRequest } from './faultServer/behaviours';
import { deliver } from './faultServer/deliver';

export * from './faultServer/behaviours';
export * from './faultServer/brokenJson';
export * from './faultServer/callingTools';
export type { Chunk } from './faultServer/chunks';
export { completionJson, requestIdOf } from './faultServer/completion';
export * from './faultServer/mixedFaults';
export * from './faultServer/openAiRefusals';

export interface ModelEntry {
	id: string;
	created?: number;
	owned_by?: string;
	/** Such as `shutdown_date`. */
	[field: string]: unknown;
}

export interface FaultServerOptions {
	/** What happens to each POST; `ok()` by default. */
	behave?: Behave;
	/**
	 * What GET …/models and …/models/ID answer: of a list, a behaviour (say `wrongKey()`), or null for a 404; or a
	 * function that chooses among these, for a server that looks at the key.
	 */
	models?: ModelsAnswer | ((request: RecordedRequest) => ModelsAnswer);
}

export type ModelsAnswer = ModelEntry[] | Behaviour | null;

export interface FaultServerStats {
	/** POSTs so far. */
	requests: number;
	/** POSTs that arrived and are neither answered nor ended by either side. */
	inFlight: number;
	maxInFlight: number;
	socketsOpened: number;
	openSockets: number;
	/** POSTs whose caller hung up before the answer was complete. */
	aborted: number;
}

export interface FaultServer {
	/** http://127.0.0.1:PORT */
	url: string;
	/** url + '/v1' */
	baseUrl: string;
	/** The POSTs, in order of arrival: `requests[i].index === i`. */
	requests: RecordedRequest[];
	/** Everything that is no POST (model lists, redirects followed with GET), with an `index` of its own. */
	otherRequests: RecordedRequest[];
	stats: FaultServerStats;
	/** Replaces the behaviour for the requests that arrive from now on. */
	behave(behave: Behave): void;
	/** Forgets records and counts, in place; what is open or in flight at this moment stays counted as such. */
	reset(): void;
	/** Destroys all sockets and frees the port. */
	close(): Promise<void>;
}

const mixedModels: ModelEntry[] = [
	{ id: 'gpt-4o-mini', created: 1721172741, owned_by: 'system' },
	{ id: 'gpt-4.1', created: 1744316542, owned_by: 'system' },
	{ id: 'o4-mini', created: 1744225351, owned_by: 'system' },
	{ id: 'text-embedding-3-small', created: 1705948997, owned_by: 'system' },
	{ id: 'whisper-1', created: 1677532384, owned_by: 'openai-internal' },
	{ id: 'dall-e-3', created: 1698785189, owned_by: 'system' },
];

/** Starts an OpenAI-compatible server on a free loopback port; `behave` decides how each POST is answered, or not. */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
	const models = options.models === undefined ? mixedModels : options.models;
	let behave: Behave = options.behave ?? (() => ok());
	let closing = false;

	const requests: RecordedRequest[] = [];
	const otherRequests: RecordedRequest[] = [];
	const attempts = new Map<string, number>();
	const sockets = new Set<Socket>();
	const socketsThatAnswered = new WeakSet<Socket>();
	const stats: FaultServerStats = {
		requests: 0,
		inFlight: 0,
		maxInFlight: 0,
		socketsOpened: 0,
		openSockets: 0,
		aborted: 0,
	};

	/** Called once the body is in, so that a record is whole from the moment a test can see it. */
	function record(incoming: http.IncomingMessage, rawBody: string): RecordedRequest {
		const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
		const isPost = incoming.method === 'POST';
		const list = isPost ? requests : otherRequests;
		const attempt = isPost ? (attempts.get(rawBody) ?? 0) + 1 : 1;
		const request: RecordedRequest = {
			index: list.length,
			method: incoming.method ?? '',
			path: pathname,
			query: searchParams,
			headers: incoming.headers,
			rawBody,
			body: parseOrUndefined(rawBody),
			receivedAt: performance.now(),
			aborted: false,
			answered: false,
			sentAt: [],
			attempt,
		};
		list.push(request);
		if (isPost) {
			attempts.set(rawBody, attempt);
			stats.requests++;
			stats.inFlight++;
			stats.maxInFlight = Math.max(stats.maxInFlight, stats.inFlight);
		}
		return request;
	}

	async function chooseBehaviour(request: RecordedRequest): Promise<Behaviour> {
		if (request.method !== 'POST') {
			return behaviourOfModels(request, typeof models === 'function' ? models(request) : models);
		}
		try {
			return await behave(request);
		} catch (error) {
			// A 400, because a client that retries would hide the mistake in the test.
			return fail({ status: 400, message: `The test's behave function threw: ${String(error)}` });
		}
	}

	async function answer(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk as Buffer);
		const request = record(incoming, Buffer.concat(chunks).toString('utf8'));
		const { socket } = incoming;
		const over = new AbortController();
		let sent = false;
		let weHungUp = false;

		const settle = () => {
			if (over.signal.aborted) return;
			// Ends the behaviour's timers too, so close() needs to know only about sockets.
			over.abort();
			request.overAt = performance.now();
			if (request.method === 'POST') stats.inFlight--;
			if (sent) {
				request.answered = true;
				socketsThatAnswered.add(socket);
			} else if (!weHungUp && !closing) {
				request.aborted = true;
				// Not when reset() has forgotten this request meanwhile.
				if (requests[request.index] === request) stats.aborted++;
			}
		};
		// 'finish' is also emitted for an answer whose last bytes were discarded with the socket.
		response.prependOnceListener('finish', () => (sent = !socket.destroyed));
		response.once('close', settle);
		// Writing to a caller who has just left is no news: 'close' tells.
		response.on('error', () => {});
		if (socket.destroyed) return settle();

		const behaviour = await chooseBehaviour(request);
		if (over.signal.aborted) return;
		await deliver(behaviour, {
			request,
			response,
			over: over.signal,
			socketHasAnswered: socketsThatAnswered.has(socket),
			hangUp(by) {
				weHungUp = true;
				settle();
				if (by === 'fin') socket.destroy();
				else socket.resetAndDestroy();
			},
		}).catch((error: unknown) => {
			// The end of an exchange interrupts whatever the behaviour was waiting for.
			if (!over.signal.aborted) throw error;
		});
	}

	const server = http.createServer((incoming, response) => {
		answer(incoming, response).catch((error: Error) => {
			// Cut off in the middle of its own body, a request is never recorded.
			if (!response.headersSent && !response.destroyed) {
				response.writeHead(400).end(`The fault server failed: ${error.stack}`);
			} else response.destroy();
		});
	});
	// Only faults that were asked for: Node's own limits must not close a socket.
	server.keepAliveTimeout = 0;
	server.headersTimeout = 0;
	server.requestTimeout = 0;
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		stats.socketsOpened++;
		stats.openSockets++;
		socket.once('close', () => {
			sockets.delete(socket);
			stats.openSockets--;
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	return {
		url,
		baseUrl: `${url}/v1`,
		requests,
		otherRequests,
		stats,
		behave(replacement) {
			behave = replacement;
		},
		reset() {
			requests.length = 0;
			otherRequests.length = 0;
			attempts.clear();
			stats.requests = 0;
			stats.maxInFlight = stats.inFlight;
			stats.socketsOpened = 0;
			stats.aborted = 0;
		},
		async close() {
			closing = true;
			const ends = [...sockets].map((socket) => once(socket, 'close'));
			const freed = new Promise<void>((resolve) => server.close(() => resolve()));
			for (const socket of sockets) socket.destroy();
			await Promise.all([freed, ...ends]);
		},
	};
}

function behaviourOfModels(request: RecordedRequest, models: ModelsAnswer): Behaviour {
	const asked = /\/models(?:\/([^/]+))?$/.exec(request.path);
	if (request.method !== 'GET' || !asked || models === null) {
		return fail({ status: 404, message: `Invalid URL (${request.method} ${request.path})` });
	}
	if (!Array.isArray(models)) return models;
	const data = models.map(({ created = 1700000000, owned_by = 'system', ...more }) => ({
		object: 'model',
		created,
		owned_by,
		...more,
	}));
	const id = asked[1] && decodeURIComponent(asked[1]);
	if (id) {
		const model = data.find((model) => model.id === id);
		if (model) return { kind: 'json', status: 200, body: model };
		const message = `The model '${id}' does not exist`;
		return fail({ status: 404, code: 'model_not_found', param: 'model', message });
	}
	return { kind: 'json', status: 200, body: { object: 'list', data } };
}

function parseOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
