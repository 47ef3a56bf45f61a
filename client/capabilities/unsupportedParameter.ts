import type { ModelRequest } from '../core/requests';
import type { ApiFailure } from '../core/errors';
import { hasFunctionTools, SAMPLING } from './adaptRequest';
import { nearestEffort } from './reasoningEffort';
import type { UnsupportedFeature } from './unsupportedFeature';

/**
 * What only tunes a reply. Without any of these the same is asked for; without others, such as `tools`, `stop` or
 * whatever came from the extra parameters, something else would be, or a typing mistake would pass unseen.
 */
const TUNING = [
	...SAMPLING,
	'frequency_penalty',
	'presence_penalty',
	'logit_bias',
	'seed',
	'reasoning_effort',
	'verbosity',
	'store',
	'metadata',
	'user',
	'safety_identifier',
	'prompt_cache_key',
	'prompt_cache_options',
	'prompt_cache_retention',
	'parallel_tool_calls',
	'prediction',
];

/** Two names for one limit: models that reason know the newer one only, older servers the older one only. */
const OTHER_NAME = new Map([
	['max_tokens', 'max_completion_tokens'],
	['max_completion_tokens', 'max_tokens'],
]);

/** How a server says that it does not know a parameter, wherever it puts the name. */
const UNKNOWN: RegExp[] = [
	/\bUnknown (?:parameter|field|argument):? ['"`](\w+)['"`]/i,
	// OpenAI, and Azure with an older version of the API.
	/\b(?:Unrecognized|Model incompatible) request arguments? supplied: ([\w, ]+)/i,
	// vLLM and Mistral: pydantic's error as JSON, as Python prints it, or in its own lines. Names further down are no
	// parameters: they end in another place.
	/extra_forbidden.*['"]body['"],\s*['"](\w+)['"]\s*[\])]/s,
	/^(\w+)\n\s*Extra inputs are not permitted/m,
	// Google.
	/\bUnknown name "(\w+)":/,
	// Groq.
	/^property '(\w+)' is unsupported/,
];

/**
 * The parameter that a server rejects because it, or the model, does not have it. A value that is wrong, such as a
 * temperature of 3, is the user's to correct.
 *
 * OpenAI's words are "Unsupported parameter: 'max_tokens' is not supported with this model." and "Unsupported value:
 * 'temperature' does not support 0.2 with this model.", with the codes `unsupported_parameter` and `unsupported_value`.
 *
 * @param dropped what led to this request, by its ids.
 * @returns undefined when the failure is about something else, or about a parameter that matters.
 */
export function unsupportedParameter(
	failure: ApiFailure,
	request: ModelRequest,
	dropped: ReadonlyMap<string, unknown>,
): UnsupportedFeature | undefined {
	if (/\bFunction tools with reasoning_effort are not supported\b/.test(failure.message)) {
		return toolsWhileReasoning(request);
	}
	const name = namesIn(failure).find((one) => one !== undefined && isIn(request, one));
	if (name === undefined) return undefined;
	const other = OTHER_NAME.get(name);
	if (other) return dropped.has(other) ? undefined : renameParameter(name, other, request);
	if (!TUNING.includes(name)) return undefined;
	if (name === 'reasoning_effort' && isAboutValue(failure)) return otherEffort(failure, request);
	return dropParameter(name, request);
}

function isIn(request: ModelRequest, name: string): boolean {
	return Object.hasOwn(request, name) && request[name] !== undefined;
}

function namesIn({ message, details: { code, param } }: ApiFailure): Array<string | undefined> {
	if (code === 'unsupported_parameter' || code === 'unsupported_value' || code === 'unknown_parameter') {
		return [param, ...(/'(\w+)'/.exec(message)?.slice(1) ?? [])];
	}
	// Gateways pass on the message but not always the code.
	const named = /\bUnsupported (?:parameter|value): ['"`](\w+)['"`]/.exec(message)?.[1];
	if (named) return [named];
	return UNKNOWN.flatMap((pattern) => pattern.exec(message)?.[1]?.split(/, */) ?? []);
}

function isAboutValue({ message, details: { code } }: ApiFailure): boolean {
	return code === 'unsupported_value' || /\bUnsupported value\b/.test(message);
}

function toolsWhileReasoning({ model }: ModelRequest): UnsupportedFeature {
	return {
		id: 'reasoning_effort with tools',
		isIn: (request) => hasFunctionTools(request) && request.reasoning_effort !== 'none',
		drop: (request) => ({ ...request, reasoning_effort: 'none' }),
		warning: {
			feature: 'reasoning_effort',
			message: `Set to none, because ${model} takes no tools while it reasons.`,
		},
	};
}

function renameParameter(name: string, other: string, { model }: ModelRequest): UnsupportedFeature {
	return {
		id: name,
		isIn: (request) => isIn(request, name),
		drop(request) {
			const rest = { ...request, [other]: request[other] ?? request[name] };
			delete rest[name];
			return rest;
		},
		warning: {
			feature: name,
			message: `Sent as ${other}, because the server does not take ${name} for ${model}.`,
		},
	};
}

/** The server names the levels that there are: "Supported values are: 'low', 'medium', and 'high'." */
function otherEffort(
	{ message }: ApiFailure,
	{ model, reasoning_effort: rejected }: ModelRequest,
): UnsupportedFeature {
	const list = /Supported values are: (.*)/s.exec(message)?.[1] ?? '';
	const offered = [...list.matchAll(/['"`](\w+)['"`]/g)].map(([, level]) => level!);
	const nearest = nearestEffort(
		rejected,
		offered.filter((level) => level !== rejected),
	);
	const done = nearest ? `Sent as ${nearest}` : 'Left out';
	return {
		id: `reasoning_effort ${String(rejected)}`,
		isIn: (request) => request.reasoning_effort === rejected,
		// JSON has no undefined: what is left out is not sent.
		drop: (request) => ({ ...request, reasoning_effort: nearest }),
		warning: {
			feature: 'reasoning_effort',
			message: `${done}, because ${model} has no ${String(rejected)}.`,
		},
	};
}

function dropParameter(name: string, { model, reasoning_effort: effort }: ModelRequest): UnsupportedFeature {
	// Some models take these depending on the effort.
	const isConditional = SAMPLING.includes(name);
	return {
		id: isConditional && typeof effort === 'string' ? `${name} with effort ${effort}` : name,
		isIn: (request) => isIn(request, name) && !(isConditional && request.reasoning_effort !== effort),
		drop(request) {
			const rest = { ...request };
			delete rest[name];
			// The API rejects one without the other.
			if (name === 'logprobs') delete rest.top_logprobs;
			return rest;
		},
		warning: {
			feature: name,
			message: `Left out, because the server does not take it for ${model}.`,
		},
	};
}
