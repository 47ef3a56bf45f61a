import { CallError, type ApiFailure } from '../../client';
import type { FailureText } from '../failureTexts';

/** Why no request was made for an item, or no further one: an earlier item showed that it would fail. */
export class SkippedError extends CallError {
	constructor(
		readonly failure: ApiFailure,
		/** The item that showed it. */
		readonly itemIndex: number,
		/** The failure in the words of that item. */
		readonly text: FailureText,
	) {
		super(`item ${itemIndex} failed for a reason all items share`);
		this.name = 'SkippedError';
	}
}
