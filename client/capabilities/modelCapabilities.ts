import type { ReasoningEffort } from './reasoningEffort';

/** What a model of OpenAI's takes, as far as its name tells. */
export interface ModelCapabilities {
	/** Whether it reasons before it answers. */
	reasons: boolean;
	/** The levels of `reasoning_effort` it has; absent when unknown. */
	efforts?: readonly ReasoningEffort[];
	/** The level it uses when none is sent; absent when unknown. */
	defaultEffort?: ReasoningEffort;
	/** Whether it takes temperature, top_p and log probabilities when its effort is `none`; those that do not reason always do. */
	samplesWithoutReasoning: boolean;
	/** Whether function tools need the effort `none` in Chat Completions. */
	toolsNeedNoReasoning: boolean;
	/** Whether `verbosity` may be another than medium. */
	takesVerbosity: boolean;
	/** Whether it takes instructions; OpenAI reads `system` as `developer` where a model wants that. */
	takesInstructions: boolean;
	/** Whether `response_format` may be a JSON Schema. */
	takesJsonSchema: boolean;
	/** Whether it searches the web before it answers, and takes no sampling parameters at all. */
	isSearch: boolean;
}

const PLAIN: ModelCapabilities = {
	reasons: false,
	efforts: [],
	samplesWithoutReasoning: true,
	toolsNeedNoReasoning: false,
	takesVerbosity: false,
	takesInstructions: true,
	takesJsonSchema: true,
	isSearch: false,
};
const REASONING: ModelCapabilities = {
	...PLAIN,
	reasons: true,
	efforts: undefined,
	samplesWithoutReasoning: false,
};
const SEARCH: ModelCapabilities = { ...PLAIN, isSearch: true };
/** `gpt-5-chat` and `gpt-5-chat-latest` (https://community.openai.com/t/1337133). */
const GPT_5_CHAT: ModelCapabilities = { ...PLAIN, takesJsonSchema: false };
const O_SERIES: ModelCapabilities = {
	...REASONING,
	efforts: ['low', 'medium', 'high'],
	defaultEffort: 'medium',
};
/** The first two reasoning models take no instructions but the user's, and no effort. */
const FIRST_O1: ModelCapabilities = { ...REASONING, efforts: [], takesInstructions: false };

/** As far as it goes for each variant: what -pro, -codex and the later -chat take differs from one to the next. */
const GPT_5_VARIANT: ModelCapabilities = { ...REASONING, takesVerbosity: true };
const GPT_5_0: ModelCapabilities = {
	...GPT_5_VARIANT,
	efforts: ['minimal', 'low', 'medium', 'high'],
	defaultEffort: 'medium',
};
/** From 5.1 to 5.4 they answer at once unless told to reason. */
const GPT_5_1: ModelCapabilities = {
	...GPT_5_VARIANT,
	efforts: ['none', 'low', 'medium', 'high'],
	defaultEffort: 'none',
	samplesWithoutReasoning: true,
};
const GPT_5_2: ModelCapabilities = { ...GPT_5_1, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] };
const GPT_5_5: ModelCapabilities = { ...GPT_5_2, defaultEffort: 'medium' };
const GPT_5_6_VARIANT: ModelCapabilities = { ...GPT_5_VARIANT, toolsNeedNoReasoning: true };
const GPT_5_6: ModelCapabilities = {
	...GPT_5_5,
	efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
	toolsNeedNoReasoning: true,
};
const GPT_6: ModelCapabilities = {
	...REASONING,
	takesVerbosity: true,
	efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
};
const GPT_6_WITH_NONE: ModelCapabilities = {
	...GPT_6,
	efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
	samplesWithoutReasoning: true,
};

/** Azure writes gpt-35. */
const WITHOUT_REASONING = /^(?:chatgpt-4o|gpt-(?:3\.5|35|4|4o|4\.\d+|audio))(?:-|$)/;
/** Sizes and dates. */
const STANDARD_VARIANT = /^(?:(?:mini|nano|sol|luna|terra)(?:-\d{4}-\d{2}-\d{2})?|\d{4}-\d{2}-\d{2})$/;
const MAY_NOT_REASON = /^gpt-6(?:-luna|-sol|\.1-terra)(?:-\d{4}-\d{2}-\d{2})?$/;

/**
 * What is known about a model by its name. Rules, not a list: a dated, smaller or fine-tuned version has the capabilities of
 * its family, and so has a model that is yet to come.
 *
 * Sources: `openai-model-catalog.ts` of @ai-sdk/openai 4.0.118; for the default effort, where it decides on the
 * temperature, what was measured in https://github.com/BerriAI/litellm-docs/pull/1064.
 *
 * @returns undefined for unknown names, as compatible servers and Azure deployments have them.
 */
export function capabilitiesOf(name: string): ModelCapabilities | undefined {
	// A fine-tuned model is named ft:BASE:ORGANIZATION::ID.
	const model = name.startsWith('ft:') ? name.replace(/^ft:([^:]+).*/, '$1') : name;
	if (WITHOUT_REASONING.test(model)) return model.includes('-search-') ? SEARCH : PLAIN;
	if (/^o1-(?:mini|preview)(?:-|$)/.test(model)) return FIRST_O1;
	if (/^o\d+(?:-|$)/.test(model)) return O_SERIES;
	const gpt = /^gpt-(\d+)(?:\.(\d+))?(?:-(.+))?$/.exec(model);
	if (!gpt) return undefined;
	const [, major, minor, variant] = gpt;
	if (Number(major) < 5) return undefined;
	if (major !== '5') return MAY_NOT_REASON.test(model) ? GPT_6_WITH_NONE : GPT_6;
	if (minor === undefined && variant?.startsWith('chat')) return GPT_5_CHAT;
	return gpt5(Number(minor ?? 0), variant === undefined || STANDARD_VARIANT.test(variant));
}

function gpt5(minor: number, isStandard: boolean): ModelCapabilities {
	if (!isStandard) return minor >= 6 ? GPT_5_6_VARIANT : GPT_5_VARIANT;
	if (minor === 0) return GPT_5_0;
	if (minor === 1) return GPT_5_1;
	if (minor < 5) return GPT_5_2;
	return minor === 5 ? GPT_5_5 : GPT_5_6;
}
