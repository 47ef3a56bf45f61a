import type { Choice, Usage } from '../endpoints/chat/response';
import { ApiFailure, type Attempt } from './errors';

/** Why a choice holds no answer, when the model or the provider would not give one. */
export function declined({ text, refusal, finishReason }: Choice): ApiFailure | undefined {
	if (refusal) return new ApiFailure('refusal', refusal, { code: 'REFUSAL' });
	if (finishReason !== 'content_filter') return undefined;
	return new ApiFailure('refusal', 'the content filter stopped the reply', { code: 'CONTENT_FILTER', text });
}

/** Why a choice is of no use as a text, of which half is worth nothing; undefined when it is whole. */
export function incompleteReason(choice: Choice): ApiFailure | undefined {
	const refused = declined(choice);
	if (refused) return refused;
	const { text, finishReason } = choice;
	if (finishReason === 'length') {
		return new ApiFailure('length', 'the reply reached the limit of tokens', { code: 'LENGTH', text });
	}
	if (text.trim()) return undefined;
	return new ApiFailure('invalid_json', 'the reply is empty', { code: 'EMPTY_REPLY' });
}

interface Answer {
	choices: [Choice, ...Choice[]];
	usage?: Usage;
	/** Null when it is not known. */
	costUsd: number | null;
	failedAttempts: Attempt[];
}

/**
 * The text of a reply that is of use only as a whole, such as a translation.
 *
 * @throws {ApiFailure} `cut_off`, `declined` or `invalid_json`, with the usage that was paid for.
 */
export function completeText({ choices: [choice], usage, costUsd, failedAttempts }: Answer): string {
	const failure = incompleteReason(choice);
	if (!failure) return choice.text.trim();
	failure.attempts = [...failedAttempts, { status: 200, code: failure.details.code }];
	if (usage) Object.assign(failure.details, { usage, costUsd });
	throw failure;
}
