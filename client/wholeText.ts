import type { Choice, Usage } from './chatReply';
import { ApiFailure, type Attempt } from './errors';

/** Why a choice holds no answer, when the model or the provider would not give one. */
export function declined({ text, refusal, finishReason }: Choice): ApiFailure | undefined {
	if (refusal) return new ApiFailure('declined', refusal, { code: 'REFUSAL' });
	if (finishReason !== 'content_filter') return undefined;
	return new ApiFailure('declined', 'the content filter stopped the reply', { code: 'CONTENT_FILTER', text });
}

interface Answer {
	choices: [Choice, ...Choice[]];
	usage?: Usage;
	/** Null when it is not known. */
	costUsd: number | null;
	failedAttempts: Attempt[];
	/** Whether it was paid for earlier. */
	cached?: true;
}

/**
 * The text of a reply that is of use only as a whole, such as a translation.
 *
 * @throws {ApiFailure} `cut_off`, `declined` or `invalid_json`, with the usage that was paid for.
 */
export function wholeText({ choices: [choice], usage, costUsd, failedAttempts, cached }: Answer): string {
	const text = choice.text.trim();
	const failure =
		declined(choice) ??
		(choice.finishReason === 'length'
			? new ApiFailure('cut_off', 'the reply reached the limit of tokens', {
					code: 'LENGTH',
					text: choice.text,
				})
			: undefined) ??
		(text ? undefined : new ApiFailure('invalid_json', 'the reply is empty', { code: 'EMPTY_REPLY' }));
	if (!failure) return text;
	failure.attempts = [...failedAttempts, { status: 200, code: failure.details.code }];
	if (usage && !cached) Object.assign(failure.details, { usage, costUsd });
	throw failure;
}
