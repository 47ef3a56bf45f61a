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
		if (!(error instanceof ApiFailure) || !refusesStreamOptions(error) || !request.stream_options)
			throw error;
		const rest = { ...request };
		delete rest.stream_options;
		const dropped: Warning = {
			feature: 'stream_options',
			message: 'Sent without stream_options, which the server does not take; it may not report token usage.',
		};
		const earlier = error.attempts.map((attempt) => ({ waitedMs: 0, ...attempt }));
		try {
			const { result, attempts } = await send(rest);
			return { result, attempts: [...earlier, ...attempts], warnings: [...warnings, dropped] };
		} catch (again) {
			if (again instanceof ApiFailure) again.attempts = [...earlier, ...again.attempts];
			throw again;
		}
	}
}

function refusesStreamOptions({ kind, message, details }: ApiFailure): boolean {
	return kind === 'bad_request' && /stream_options|include_usage/.test(`${details.param} ${message}`);
}

/** The request for a streamed reply, with the usage at its end. */
export function streamed(request: ChatRequest): ChatRequest {
	return { ...request, stream: true, stream_options: { include_usage: true } };
}
