import type { Warning } from '../core/reply';
import { isInstruction, type ChatRequest, type ModelRequest } from '../core/requests';
import { jsonFormatIn } from '../structured/jsonFormat';
import { withJsonObject } from '../structured/jsonInstruction';
import { capabilitiesOf, type ModelCapabilities } from './modelCapabilities';
import { nearestEffort } from './reasoningEffort';

/** What reasoning models take only while they do not reason, if at all. */
export const SAMPLING = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];
/** What they never take. */
const BIAS = ['frequency_penalty', 'presence_penalty', 'logit_bias'];
/** What models that search the web do not take, as seen in https://github.com/ChatGPTNextWeb/NextChat/issues/6569. */
const NOT_FOR_SEARCH = ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'];

/** What a parameter is when it is not sent: to leave out such a value changes nothing, and needs no warning. */
const DEFAULTS: Record<string, unknown> = {
	temperature: 1,
	top_p: 1,
	logprobs: false,
	top_logprobs: 0,
	frequency_penalty: 0,
	presence_penalty: 0,
};

/** The changes to a request so far. */
interface Draft {
	readonly given: ChatRequest;
	/** Parameters to send instead; undefined leaves one out. */
	readonly patch: Partial<ChatRequest>;
	readonly warnings: Warning[];
}

/**
 * Writes the request the way the model wants it, as far as the model's name tells. Unknown models get it unchanged;
 * what a server rejects nevertheless, `adaptToModel.ts` deals with.
 *
 * @returns the request to send, which is the given one if nothing had to change, and a warning for each change.
 */
export function adaptRequest(request: ChatRequest): { request: ChatRequest; warnings: Warning[] } {
	const draft: Draft = { given: request, patch: {}, warnings: [] };
	// Two names for one limit: the newer one can only come from the extra parameters, and they win.
	const isLimitedTwice = isSet(request.max_tokens) && isSet(request.max_completion_tokens);
	if (isLimitedTwice)
		change(draft, 'max_tokens', undefined, 'Left out, because max_completion_tokens is set.');
	const capabilities = capabilitiesOf(request.model);
	if (capabilities) {
		if (!isLimitedTwice) adaptMaxTokens(draft, capabilities);
		adaptEffort(draft, capabilities);
		adaptSampling(draft, capabilities);
		adaptVerbosity(draft, capabilities);
		adaptRoles(draft, capabilities);
		adaptFormat(draft, capabilities);
	}
	const { patch, warnings } = draft;
	// JSON has no undefined: what is left out is not sent.
	return { request: Object.keys(patch).length > 0 ? { ...request, ...patch } : request, warnings };
}

/** Null is as good as not sent: the API takes it for its default. */
function isSet(value: unknown): boolean {
	return value !== undefined && value !== null;
}

function change({ given, patch, warnings }: Draft, feature: string, value: unknown, message: string): void {
	patch[feature] = value;
	if (!(feature in DEFAULTS) || given[feature] !== DEFAULTS[feature]) warnings.push({ feature, message });
}

function leaveOut(draft: Draft, features: string[], condition = ''): void {
	const { given } = draft;
	for (const feature of features) {
		if (!isSet(given[feature])) continue;
		const message = condition
			? `Left out, because ${given.model} takes it only ${condition}.`
			: `Left out, because ${given.model} does not take it.`;
		change(draft, feature, undefined, message);
	}
}

function adaptMaxTokens(draft: Draft, { reasons }: ModelCapabilities): void {
	const { model, max_tokens: limit } = draft.given;
	if (!reasons || !isSet(limit)) return;
	draft.patch.max_completion_tokens = limit;
	const message = `Sent as max_completion_tokens, because ${model} does not take max_tokens; it counts reasoning tokens too.`;
	change(draft, 'max_tokens', undefined, message);
}

function adaptEffort(draft: Draft, { efforts, toolsNeedNoReasoning }: ModelCapabilities): void {
	const { model, reasoning_effort: effort } = draft.given;
	if (toolsNeedNoReasoning && effort !== 'none' && hasFunctionTools(draft.given)) {
		change(
			draft,
			'reasoning_effort',
			'none',
			`Set to none, because ${model} takes no tools while it reasons.`,
		);
	} else if (efforts?.length === 0) {
		if (effort === 'none') draft.patch.reasoning_effort = undefined;
		else leaveOut(draft, ['reasoning_effort']);
	} else if (efforts && isSet(effort)) {
		const nearest = nearestEffort(effort, efforts);
		if (!nearest || nearest === effort) return;
		change(
			draft,
			'reasoning_effort',
			nearest,
			`Sent as ${nearest}, because ${model} has no ${String(effort)}.`,
		);
	}
}

/** Whether a request offers functions for the model to call. */
export function hasFunctionTools({ tools }: ModelRequest): boolean {
	return Array.isArray(tools) && tools.some((tool: { type?: unknown } | null) => tool?.type === 'function');
}

function adaptSampling(draft: Draft, capabilities: ModelCapabilities): void {
	if (capabilities.isSearch) leaveOut(draft, NOT_FOR_SEARCH);
	if (!capabilities.reasons) return;
	const effort = draft.patch.reasoning_effort ?? draft.given.reasoning_effort ?? capabilities.defaultEffort;
	if (!capabilities.samplesWithoutReasoning) leaveOut(draft, SAMPLING);
	else if (effort !== 'none') leaveOut(draft, SAMPLING, 'when its reasoning effort is none');
	leaveOut(draft, BIAS);
}

function adaptVerbosity(draft: Draft, { takesVerbosity }: ModelCapabilities): void {
	// The other models take the value that they have anyway.
	if (!takesVerbosity && draft.given.verbosity !== 'medium') leaveOut(draft, ['verbosity']);
}

function adaptRoles(draft: Draft, { takesInstructions }: ModelCapabilities): void {
	const { model, messages } = draft.given;
	const instruction = takesInstructions ? undefined : messages.find(isInstruction);
	if (!instruction) return;
	draft.patch.messages = messages.map((message) =>
		isInstruction(message) ? { ...message, role: 'user' } : message,
	);
	const message = `The role ${instruction.role} was sent as user, because ${model} does not take it.`;
	draft.warnings.push({ feature: 'messages', message });
}

function adaptFormat(draft: Draft, { takesJsonSchema }: ModelCapabilities): void {
	const { given, patch, warnings } = draft;
	if (takesJsonSchema || jsonFormatIn(given)?.type !== 'json_schema') return;
	const { messages, response_format: format } = withJsonObject({ ...given, ...patch });
	Object.assign(patch, { messages, response_format: format });
	const message = `${given.model} does not take a JSON Schema: it was asked for any JSON object, with the schema as an instruction.`;
	warnings.push({ feature: 'response_format', message });
}
