import type { ChatRequest } from './chatRequest';
import type { Warning } from './chatReply';
import type { ModelRequest } from './endpoints';
import { ApiFailure, type Attempt } from './errors';
import { withoutStructuredOutputs } from './jsonFallbacks';

interface Adapted<R> {
	request: R;
	warnings: Warning[];
}

interface Sent<T> {
	result: T;
	attempts: Attempt[];
}

/** What to send instead when a server does not take a part of the request. */
export interface Refusal<R extends ModelRequest = ChatRequest> {
	/** Unique; what the server is remembered by. */
	id: string;
	/** Whether the request has that part. */
	concerns(request: R): boolean;
	/** Whether a failure is about it, given that the request has it. */
	shownBy(failure: ApiFailure): boolean;
	/** The request without that part: `concerns` must be false for it. */
	avoid(request: R): R;
	warning: Warning;
}

const streamOptions: Refusal = {
	id: 'stream_options',
	concerns: (request) => request.stream_options !== undefined,
	shownBy: ({ kind, message, details }) =>
		kind === 'bad_request' && /stream_options|include_usage/.test(`${details.param} ${message}`),
	avoid(request) {
		const rest = { ...request };
		delete rest.stream_options;
		return rest;
	},
	warning: {
		feature: 'stream_options',
		message: 'Sent without stream_options, which the server does not take; it may not report token usage.',
	},
};

/** OpenAI lets only verified organizations stream some of its models. Unasked, a server answers as a whole. */
const stream: Refusal = {
	id: 'stream',
	concerns: (request) => request.stream === true,
	shownBy: ({ kind, message, details }) =>
		kind === 'bad_request' && (details.param === 'stream' || /\bto stream this model\b/.test(message)),
	avoid(request) {
		const rest = { ...request };
		delete rest.stream;
		delete rest.stream_options;
		return rest;
	},
	warning: {
		feature: 'stream',
		message: 'Sent without streaming, which the server does not allow for this model.',
	},
};

/** Those about messages do not concern a request without them. */
const REFUSALS: Array<Refusal<ModelRequest>> = [streamOptions, stream, ...withoutStructuredOutputs];

/** What the models of a server were found not to take, so that it is found out once and not by each item. */
export type KnownRefusals = Set<string>;

/**
 * Sends a request; when the server refuses a part that can be had otherwise, once more without that part.
 *
 * @param known kept up to date; what is in it is not sent in the first place.
 * @returns the answer with all attempts and warnings.
 * @throws what `send` throws, with the attempts of all.
 */
export async function sendAdapting<R extends ModelRequest, T>(
	{ request, warnings }: Adapted<R>,
	send: (request: R) => Promise<Sent<T>>,
	known: KnownRefusals,
): Promise<Sent<T> & { warnings: Warning[] }> {
	const idOf = ({ id }: { id: string }) => `${request.model} ${id}`;
	const attempts: Attempt[] = [];
	const told = [...warnings];
	let toSend = request;
	const avoid = (refusal: Refusal<ModelRequest>) => {
		toSend = refusal.avoid(toSend) as R;
		told.push(refusal.warning);
	};
	for (const refusal of REFUSALS) {
		if (known.has(idOf(refusal)) && refusal.concerns(toSend)) avoid(refusal);
	}
	for (;;) {
		try {
			const sent = await send(toSend);
			return { result: sent.result, attempts: [...attempts, ...sent.attempts], warnings: told };
		} catch (error) {
			if (!(error instanceof ApiFailure)) throw error;
			const refusal = REFUSALS.find((one) => one.concerns(toSend) && one.shownBy(error));
			if (!refusal) {
				error.attempts = [...attempts, ...error.attempts];
				throw error;
			}
			attempts.push(...error.attempts.map((attempt) => ({ waitedMs: 0, ...attempt })));
			known.add(idOf(refusal));
			avoid(refusal);
		}
	}
}

/** The request for a streamed reply, with the usage at its end. */
export function streamed<R extends ModelRequest>(request: R): R {
	return { ...request, stream: true, stream_options: { include_usage: true } };
}
