import { ApiFailure, type Attempt } from '../../client/errors';

/** Why an item's request was never made: an earlier item showed that it would fail. */
export class NotSent extends Error {
	constructor(
		readonly failure: ApiFailure,
		/** The item that showed it. */
		readonly itemIndex: number,
		/** The requests made before that. */
		readonly attempts: Attempt[] = [],
	) {
		super('Not sent');
		this.name = 'NotSent';
	}
}

/** Whether a failure is about the key or the account, which all items share. */
export function failsForAll(error: unknown): error is ApiFailure {
	return error instanceof ApiFailure && (error.kind === 'refused_key' || error.kind === 'quota');
}
