import type { ApiFailure } from '../core/errors';
import type { ModelRequest } from '../core/requests';
import type { KnownUnsupported, UnsupportedFeature } from './unsupportedFeature';
import { unsupportedFormats } from './unsupportedFormat';
import { unsupportedParameter } from './unsupportedParameter';
import { unsupportedRole } from './unsupportedRole';

const streamOptions: KnownUnsupported = {
	id: 'stream_options',
	isIn: (request) => request.stream_options !== undefined,
	isShownBy: ({ kind, message, details }) =>
		kind === 'bad_request' && /stream_options|include_usage/.test(`${details.param} ${message}`),
	drop(request) {
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
	isIn: (request) => request.stream === true,
	isShownBy: ({ kind, message, details }) =>
		kind === 'bad_request' && (details.param === 'stream' || /\bto stream this model\b/.test(message)),
	drop(request) {
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

const KNOWN: KnownUnsupported[] = [streamOptions, stream, ...unsupportedFormats];

/**
 * What a failure says about the request that can be had otherwise.
 *
 * @param dropped what led to this request, by its ids.
 * @returns undefined when it is about something else, or there is no other way.
 */
export function detectUnsupported(
	failure: ApiFailure,
	request: ModelRequest,
	dropped: ReadonlyMap<string, unknown>,
): UnsupportedFeature | undefined {
	if (failure.kind !== 'bad_request') return undefined;
	return (
		KNOWN.find((feature) => feature.isIn(request) && feature.isShownBy(failure)) ??
		unsupportedRole(failure, request, dropped) ??
		unsupportedParameter(failure, request, dropped)
	);
}
