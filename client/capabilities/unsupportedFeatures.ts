import type { Warning } from '../endpoints/chat/response';
import type { ModelRequest } from '../endpoints/endpoint';
import type { ApiFailure } from '../core/errors';
import { withoutStructuredOutputs } from '../structured/jsonInstruction';
import { unsupportedParameter } from './unsupportedParameter';
import { unsupportedRole } from './unsupportedRole';

/** What to send instead when a server does not take a part of the request. */
export interface UnsupportedFeature {
	/** What it is remembered by; unique for a model of a server. */
	id: string;
	/** Whether the request has that part. */
	concerns(request: ModelRequest): boolean;
	/** The request without that part: `concerns` must be false for it. */
	avoid<R extends ModelRequest>(request: R): R;
	warning: Warning;
}

/** A refusal that some servers are known for, whatever the model. */
export interface KnownUnsupported extends UnsupportedFeature {
	/** Whether a failure is about it, given that the request has that part. */
	shownBy(failure: ApiFailure): boolean;
}

const streamOptions: KnownUnsupported = {
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
const stream: KnownUnsupported = {
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

const FORESEEN: KnownUnsupported[] = [streamOptions, stream, ...withoutStructuredOutputs];

/**
 * What a failure says about the request that can be had otherwise.
 *
 * @param avoided the refusals by their ids that led to this request.
 * @returns undefined when it is about something else, or there is no other way.
 */
export function detectUnsupported(
	failure: ApiFailure,
	request: ModelRequest,
	avoided: ReadonlySet<string>,
): UnsupportedFeature | undefined {
	if (failure.kind !== 'bad_request') return undefined;
	return (
		FORESEEN.find((refusal) => refusal.concerns(request) && refusal.shownBy(failure)) ??
		unsupportedRole(failure, request, avoided) ??
		unsupportedParameter(failure, request, avoided)
	);
}
