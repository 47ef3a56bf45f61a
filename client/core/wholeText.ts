import { ApiFailure } from './errors';
import type { ChatReply, Choice } from './reply';

/** Why a choice holds no answer, when the model or the provider would not give one. */
export function refusalFailure({ text, refusal, finishReason }: Choice): ApiFailure | undefined {
	if (refusal) return new ApiFailure('declined', refusal, { code: 'REFUSAL' });
	if (finishReason !== 'content_filter') return undefined;
	return new ApiFailure('declined', 'the content filter stopped the reply', { code: 'CONTENT_FILTER', text });
}

/** Why a choice is of no use as a text, of which half is worth nothing; undefined when it is complete. */
export function incompleteReason(choice: Choice): ApiFailure | undefined {
	const refusal = refusalFailure(choice);
	if (refusal) return refusal;
	const { text, finishReason } = choice;
	if (finishReason === 'length') {
		return new ApiFailure('cut_off', 'the reply reached the limit of tokens', { code: 'LENGTH', text });
	}
	if (text.trim()) return undefined;
	return new ApiFailure('invalid_json', 'the reply is empty', { code: 'EMPTY_REPLY' });
}

/**
 * The text of a reply that is of use only as a whole, such as a translation, without white space around it.
 *
 * @throws {ApiFailure} `cut_off`, `declined` or `invalid_json`.
 */
export function wholeText({ choices: [choice] }: Pick<ChatReply, 'choices'>): string {
	const failure = incompleteReason(choice);
	if (failure) throw failure;
	return choice.text.trim();
}
