import type { IDataObject } from 'n8n-workflow';
import { InputProblem } from './inputProblem';
import { checkJsonObject, checkText, checkTexts } from './parameterChecks';
import { OptionReader } from './readField';
import { requestOptions } from './requestOptions.description';
import type { JsonReplies } from './responseFormat';

type WireOptions = Record<string, unknown>;

/** What the node decides by itself; overwritten, replies could no longer be read. */
const RESERVED = ['stream', 'stream_options', 'model', 'messages', 'prompt'];

/**
 * The API parameters that the options collection holds, in the API's names. An option that was not added is not sent.
 *
 * @param json what is to be JSON, unless the reply may be any text.
 * @throws {InputProblem} naming the option to correct.
 */
export function readRequestOptions(options: IDataObject, json?: JsonReplies): WireOptions {
	const option = new OptionReader(options, requestOptions);
	const wire: WireOptions = {};
	const set = (name: string, value: unknown) => {
		if (value !== undefined) wire[name] = value;
	};
	set('top_p', option.number('topP'));
	set('frequency_penalty', option.number('frequencyPenalty'));
	set('presence_penalty', option.number('presencePenalty'));
	set('n', option.number('n', { whole: true }));
	set('seed', option.number('seed', { whole: true }));
	// Not checked against the list: other servers and later models know other values, and reject a wrong one for free.
	set('reasoning_effort', option.text('reasoningEffort'));
	set('service_tier', option.text('serviceTier'));
	set('verbosity', option.text('verbosity'));
	set('stop', readStop(options.stop));
	set('user', option.text('user'));
	set('prompt_cache_key', option.text('promptCacheKey'));
	set('store', option.boolean('store'));
	set('metadata', readMetadata(options.metadata));
	set('logit_bias', nonEmpty(checkJsonObject('Logit Bias', options.logitBias ?? {})));
	set('top_logprobs', option.number('topLogprobs', { whole: true }));
	// The API rejects top_logprobs unless logprobs is on.
	set('logprobs', wire.top_logprobs ? true : option.boolean('logprobs'));
	if (wire.logprobs !== true) delete wire.top_logprobs;
	const extra = readExtraBody(options.extraBody);
	if (!json) return { ...wire, ...extra };
	if ('response_format' in extra) {
		throw new InputProblem(
			'Extra Body',
			'Extra Body and the fields both say what the reply is to be',
			'Remove "response_format" from Extra Body; in a chat you can also set Response Format to Text',
		);
	}
	return { ...wire, response_format: json.format, ...extra };
}

function nonEmpty(object: WireOptions): WireOptions | undefined {
	return Object.keys(object).length > 0 ? object : undefined;
}

function readStop(value: unknown): string[] | undefined {
	// Not trimmed: a line break or a space is a fine stop sequence.
	const sequences = checkTexts('Stop Sequences', value);
	if (sequences.length > 4) {
		throw new InputProblem(
			'Stop Sequences',
			`There are ${sequences.length} stop sequences, but the API takes at most 4`,
			'Remove the ones that matter least',
		);
	}
	return sequences.length > 0 ? sequences : undefined;
}

function readMetadata(value: unknown): WireOptions | undefined {
	const rows = (value as { values?: Array<{ name?: unknown; value?: unknown }> } | undefined)?.values ?? [];
	const named = rows.filter((row) => row.name);
	return nonEmpty(
		Object.fromEntries(
			named.map((row) => [
				checkText('Metadata, Name', row.name),
				checkText('Metadata, Value', row.value ?? ''),
			]),
		),
	);
}

function readExtraBody(value: unknown): WireOptions {
	const extra = checkJsonObject('Extra Body', value ?? {});
	for (const name of RESERVED) {
		if (name in extra) {
			throw new InputProblem(
				'Extra Body',
				`Extra Body may not set "${name}", because the node sets it itself`,
				name === 'model' || name === 'messages' || name === 'prompt'
					? `Remove it from Extra Body and use the field for it above`
					: `Remove it from Extra Body`,
			);
		}
	}
	return extra;
}
