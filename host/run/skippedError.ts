import { ApiFailure, CallError } from '../../client/core/errors';

/** Why no request was made for an item, or no further one: an earlier item showed that it would fail. */
export class SkippedError extends CallError {
	constructor(
		readonly failure: ApiFailure,
		/** The item that showed it. */
		readonly itemIndex: number,
		{ attempts, details }: Pick<CallError, 'attempts' | 'details'> = { attempts: [], details: {} },
	) {
		super(`item ${itemIndex} failed for a reason all items share`, details);
		this.attempts = attempts;
		this.name = 'SkippedError';
	}
}

/** Whether a failure is about the key or the account, which all items share. */
export function isFatal(error: unknown): error is ApiFailure {
	return error instanceof ApiFailure && (error.kind === 'authentication' || error.kind === 'insufficient_quota');
}

/** The failure of another's request, for an item that waited for it: without what the other had sent and paid for. */
export function metFailure(failure: ApiFailure): ApiFailure {
	const others = { usage: undefined, costUsd: undefined, toolCalls: undefined };
	return new ApiFailure(failure.kind, failure.message, { ...failure.details, ...others }, failure);
}

/** Whether two failures are of one request, whoever met them. */
export function isSameFailure(one: ApiFailure, other: ApiFailure): boolean {
	return origin(one) === origin(other);
}

function origin(failure: ApiFailure): ApiFailure {
	return failure.cause instanceof ApiFailure ? failure.cause : failure;
}
