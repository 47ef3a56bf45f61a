import type { ChatRequest } from './chatRequest';
import type { Warning } from './chatReply';
import { ApiFailure, type Attempt } from './errors';

interface Adapted {
	request: ChatRequest;
	warnings: Warning[];
}

interface Sent<T> {
	result: T;
	attempts: Attempt[];
}

/**
 * Sends a request; when the server refuses a parameter that nobody set but us, once more without it.
 *
 * @returns the answer with all attempts and warnings.
 * @throws what `send` throws, with the attempts of both.
 */
export async function sendAdapting<T>(
	{ request, warnings }: Adapted,
	send: (request: ChatRequest) => Promise<Sent<T>>,
): Promise<Sent<T> & { warnings: Warning[] }> {
	try {
		return { ...(await send(request)), warnings };
	} catch (error) {
		const refused = error instanceof ApiFailure ? refusedByServer(error, request) : undefined;
		if (!refused) throw error;
		const { rest, warning } = refused;
		const earlier = (error as ApiFailure).attempts.map((attempt) => ({ waitedMs: 0, ...attempt }));
		try {
			const { result, attempts } = await send(rest);
			return { result, attempts: [...earlier, ...attempts], warnings: [...warnings, warning] };
		} catch (again) {
			if (again instanceof ApiFailure) again.attempts = [...earlier, ...again.attempts];
			throw again;
		}
	}
}

/** What to send instead, when the server refuses what only we asked for. */
function refusedByServer(
	{ kind, message, details }: ApiFailure,
	request: ChatRequest,
): { rest: ChatRequest; warning: Warning } | undefined {
	if (kind !== 'bad_request' || !request.stream) return undefined;
	const rest = { ...request };
	delete rest.stream_options;
	if (request.stream_options && /stream_options|include_usage/.test(`${details.param} ${message}`)) {
		const said =
			'Sent without stream_options, which the server does not take; it may not report token usage.';
		return { rest, warning: { feature: 'stream_options', message: said } };
	}
	// OpenAI lets only verified organizations stream some of its models. Unasked, a server answers as a whole.
	delete rest.stream;
	if (details.param === 'stream' || /\bto stream this model\b/.test(message)) {
		return { rest, warning: { feature: 'stream', message: `Sent without streaming: ${message}` } };
	}
	return undefined;
}

/** The request for a streamed reply, with the usage at its end. */
export function streamed(request: ChatRequest): ChatRequest {
	return { ...request, stream: true, stream_options: { include_usage: true } };
}
