import { fail, ok, type Behave, type Behaviour } from './behaviours';

/*
 * What OpenAI's models refuse, in OpenAI's words. Written down model by model from /v1/chat/completions as documented and
 * as people report it, and not from the rules of the client, which it is there to check.
 */

interface Takes {
	/** Only one name of the limit, or both. */
	limit: 'max_tokens' | 'max_completion_tokens' | 'both';
	/** temperature, top_p, logprobs and top_logprobs. */
	sampling: 'always' | 'never' | 'at effort none';
	penalties: boolean;
	efforts: string[];
	/** What is in force when no effort is sent. */
	effort: string;
	verbosity: boolean;
	refusedRoles: string[];
	toolsWhileReasoning: boolean;
	jsonSchema: boolean;
	/** Refused in other words. */
	incompatible: string[];
}

const CHAT: Takes = {
	limit: 'both',
	sampling: 'always',
	penalties: true,
	efforts: [],
	effort: 'none',
	verbosity: false,
	refusedRoles: [],
	toolsWhileReasoning: true,
	jsonSchema: true,
	incompatible: [],
};
const REASONING: Takes = {
	...CHAT,
	limit: 'max_completion_tokens',
	sampling: 'never',
	penalties: false,
	efforts: ['low', 'medium', 'high'],
	effort: 'medium',
};
const O1_MINI: Takes = { ...REASONING, efforts: [], refusedRoles: ['system', 'developer'] };
const GPT_5: Takes = { ...REASONING, verbosity: true, efforts: ['minimal', 'low', 'medium', 'high'] };
const GPT_5_1: Takes = {
	...GPT_5,
	sampling: 'at effort none',
	efforts: ['none', 'low', 'medium', 'high'],
	effort: 'none',
};
const GPT_5_2: Takes = { ...GPT_5_1, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] };
const GPT_5_5: Takes = { ...GPT_5_2, effort: 'medium' };
const GPT_5_6: Takes = {
	...GPT_5_5,
	efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
	toolsWhileReasoning: false,
};
const GPT_6: Takes = { ...GPT_5, efforts: ['low', 'medium', 'high', 'xhigh', 'max'] };
const GPT_6_NONE: Takes = {
	...GPT_6,
	sampling: 'at effort none',
	efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
};
const LATER_CHAT: Takes = { ...GPT_5, efforts: ['medium'] };
const PRO: Takes = { ...GPT_5, efforts: ['medium', 'high', 'xhigh'] };
const SEARCH: Takes = {
	...CHAT,
	incompatible: ['frequency_penalty', 'presence_penalty', 'temperature', 'top_p'],
};

/** What OpenAI's models take. */
export const OPENAI_MODELS: Record<string, Takes> = {
	'gpt-3.5-turbo': CHAT,
	'gpt-4': CHAT,
	'gpt-4-turbo': CHAT,
	'gpt-4o': CHAT,
	'gpt-4o-mini-2024-07-18': CHAT,
	'gpt-4o-search-preview': SEARCH,
	'gpt-4o-mini-search-preview-2025-03-11': SEARCH,
	'chatgpt-4o-latest': CHAT,
	'gpt-4.1': CHAT,
	'gpt-4.1-mini': CHAT,
	'gpt-4.1-nano': CHAT,
	'ft:gpt-4o-mini-2024-07-18:acme::9aBcDeF': CHAT,
	'gpt-5-chat-latest': { ...CHAT, jsonSchema: false },
	'o1-mini': O1_MINI,
	'o1-preview': O1_MINI,
	o1: REASONING,
	'o3-mini': REASONING,
	o3: REASONING,
	'o4-mini-2025-04-16': REASONING,
	'ft:o4-mini-2025-04-16:acme::9aBcDeF': REASONING,
	'gpt-5': GPT_5,
	'gpt-5-mini': GPT_5,
	'gpt-5-nano-2025-08-07': GPT_5,
	'gpt-5.1': GPT_5_1,
	'gpt-5.1-chat-latest': LATER_CHAT,
	'gpt-5.2': GPT_5_2,
	'gpt-5.2-pro': PRO,
	'gpt-5.4-mini-2026-03-17': GPT_5_2,
	'gpt-5.5': GPT_5_5,
	'gpt-5.6-luna': GPT_5_6,
	'gpt-5.6-sol': GPT_5_6,
	'gpt-6-astra': GPT_6,
	'gpt-6-luna': GPT_6_NONE,
	'gpt-6-sol': GPT_6_NONE,
	'gpt-6.1-sol': GPT_6,
	'gpt-6.1-terra': GPT_6_NONE,
};

export interface OpenAiRefusals {
	/** Names under which the server offers its models. */
	aliases?: Record<string, string>;
	/** Answers what is not refused. */
	then?: Behave;
}

/** A server that refuses what OpenAI refuses, one thing at a time; models that OpenAI does not have take everything. */
export function refusingLikeOpenAi({ aliases = {}, then = () => ok() }: OpenAiRefusals = {}): Behave {
	return (request) => {
		const body = request.body as Body;
		const model = aliases[body.model] ?? body.model;
		const takes = OPENAI_MODELS[model];
		return (takes && refusal(body, model, takes)) || then(request);
	};
}

interface Body {
	model: string;
	messages: Array<{ role: string }>;
	tools?: Array<{ type: string }>;
	response_format?: { type: string };
	[parameter: string]: unknown;
}

function refusal(body: Body, model: string, takes: Takes): Behaviour | undefined {
	const sent = (name: string) => body[name] !== undefined && body[name] !== null;
	const incompatible = takes.incompatible.filter(sent);
	if (incompatible.length > 0) {
		const plural = incompatible.length > 1 ? 's' : '';
		return refused(`Model incompatible request argument${plural} supplied: ${incompatible.join(', ')}`);
	}
	const role = body.messages.findIndex((message) => takes.refusedRoles.includes(message.role));
	if (role >= 0) return unsupportedValue(`messages[${role}].role`, `'${body.messages[role]!.role}'`);
	if (sent('max_tokens') && takes.limit === 'max_completion_tokens') {
		return unsupportedParameter('max_tokens', " Use 'max_completion_tokens' instead.");
	}
	if (sent('reasoning_effort')) {
		const effort = String(body.reasoning_effort);
		if (takes.efforts.length === 0)
			return refused('Unrecognized request argument supplied: reasoning_effort');
		if (!takes.efforts.includes(effort))
			return unsupportedValue('reasoning_effort', `'${effort}'`, supported(takes.efforts));
	}
	if (sent('verbosity') && body.verbosity !== 'medium' && !takes.verbosity) {
		return unsupportedValue('verbosity', `'${String(body.verbosity)}'`, supported(['medium']));
	}
	const effort = body.reasoning_effort ?? takes.effort;
	if (takes.sampling === 'never' || (takes.sampling === 'at effort none' && effort !== 'none')) {
		if (sent('temperature') && body.temperature !== 1) {
			return unsupportedValue(
				'temperature',
				String(body.temperature),
				'Only the default (1) value is supported.',
			);
		}
		for (const name of ['top_p', 'logprobs', 'top_logprobs'])
			if (sent(name)) return unsupportedParameter(name);
	}
	if (!takes.penalties) {
		for (const name of ['frequency_penalty', 'presence_penalty', 'logit_bias']) {
			if (sent(name)) return unsupportedParameter(name);
		}
	}
	if (
		body.tools?.some(({ type }) => type === 'function') &&
		!takes.toolsWhileReasoning &&
		effort !== 'none'
	) {
		return refused(
			`Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. ` +
				"To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
			'reasoning_effort',
		);
	}
	if (body.response_format?.type === 'json_schema' && !takes.jsonSchema) {
		return refused(
			"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
		);
	}
	return undefined;
}

const refused = (message: string, param: string | null = null, code: string | null = null): Behaviour =>
	fail({ status: 400, type: 'invalid_request_error', message, param, code });

const unsupportedParameter = (name: string, advice = ''): Behaviour =>
	refused(
		`Unsupported parameter: '${name}' is not supported with this model.${advice}`,
		name,
		'unsupported_parameter',
	);

const unsupportedValue = (name: string, value: string, advice = ''): Behaviour =>
	refused(
		`Unsupported value: '${name}' does not support ${value} with this model. ${advice}`.trim(),
		name,
		'unsupported_value',
	);

/** As OpenAI lists them: "Supported values are: 'low', 'medium', and 'high'." */
function supported(values: string[]): string {
	const quoted = values.map((value) => `'${value}'`);
	const list = quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}` : quoted[0];
	return `Supported values are: ${list}.`;
}
