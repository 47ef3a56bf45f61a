import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';
import { InvalidConnectionError } from '../../client/http/connection';
import { ApiFailure, CallError, type FailureKind } from '../../client/core/errors';
import { failureText } from './failureTexts';
import { SkippedError } from './skippedError';
import { InputProblem } from '../parameters/inputProblem';

/**
 * The item that stands for a failure. n8n sends it to the error output only when its keys are among error, message
 * and details.
 */
export function errorItem(error: unknown, itemIndex: number): INodeExecutionData {
	const { message, details } = explain(error);
	return { json: { error: message, details }, pairedItem: { item: itemIndex } };
}

/**
 * The error that ends the execution when On Error is "Stop Workflow".
 *
 * @param itemIndex absent when it is not about one item.
 * @param isToldCaller whether n8n tells it a caller who reads along, who sees nothing but the description.
 */
export function nodeError(node: INode, error: unknown, itemIndex?: number, isToldCaller = false): Error {
	const { message, details } = explain(error);
	const place = [itemIndex === undefined ? '' : `Item ${itemIndex}`, details.parameter]
		.filter(Boolean)
		.join(', ');
	const advice = place ? `${place}: ${details.hint}` : details.hint;
	const description = isToldCaller ? `${message}. ${advice}` : advice;
	const shown = { message, description, itemIndex };
	if (!(error instanceof CallError)) return new NodeOperationError(node, message, shown);
	const wrapped =
		error instanceof ApiFailure
			? new NodeApiError(node, {}, { ...shown, httpCode: error.details.status?.toString() })
			: new NodeOperationError(node, message, shown);
	// n8n replaces a message in which it finds one of Node's error codes, even in the server's words.
	wrapped.message = message;
	wrapped.context.data = details;
	return wrapped;
}

interface HostError {
	message?: string;
	description?: string | null;
	cause?: HostError;
}

interface Explanation {
	message: string;
	details: IDataObject & { hint: string; parameter?: string; itemAtFault: boolean };
}

/** What the item's own text or reply brings about. All else may happen to any item, and may be over the next time. */
const KINDS_OF_ITEM: ReadonlySet<FailureKind> = new Set([
	'bad_request',
	'context_length',
	'length',
	'refusal',
	'invalid_json',
	'too_large',
]);

function explain(error: unknown): Explanation {
	if (error instanceof InputProblem) {
		const { message, parameter, hint, itemAtFault } = error;
		return { message, details: { parameter, hint, itemAtFault } };
	}
	if (error instanceof InvalidConnectionError) {
		return {
			message: error.message,
			details: { parameter: 'Credential', hint: error.hint, itemAtFault: false },
		};
	}
	if (error instanceof SkippedError) {
		const { itemIndex, failure } = error;
		const { message, hint } = failureText(failure);
		const spent = spentOn(error);
		return {
			message:
				Object.keys(spent).length > 0
					? `Not finished, because item ${itemIndex} failed for a reason all items share. ${message}`
					: `Not sent, because item ${itemIndex} failed for a reason all items share. ${message}`,
			details: { ...spent, hint, itemAtFault: false },
		};
	}
	if (error instanceof ApiFailure) {
		const { message, hint } = failureText(error);
		const { status, code, type, param, requestId, retryAfterMs, partialText, text } = error.details;
		return {
			message,
			details: {
				...known({ status, code, type, param, requestId, retryAfterMs, partialText, text }),
				...spentOn(error),
				attempts: error.attempts,
				hint,
				itemAtFault: KINDS_OF_ITEM.has(error.kind),
			},
		};
	}
	// n8n's own errors, such as an expression that fails: its texts say what is wrong.
	const { message = String(error), description, cause } = error as HostError;
	// Of a memory, n8n puts what happened into the description, and keeps what to do.
	if (description && message.startsWith('Error in sub-node')) {
		const hint = cause?.description || 'Open that node and correct its settings';
		return { message: `${message}: ${description}`, details: { hint, itemAtFault: false } };
	}
	return {
		message,
		details: {
			...(error instanceof CallError && spentOn(error)),
			hint: description || 'Check the expressions in the parameters of this node, and its credential',
			itemAtFault: false,
		},
	};
}

/** What had been sent, paid for and done for an item that got no reply. */
function spentOn({ attempts, details: { usage, costUsd, toolCalls } }: CallError): IDataObject {
	return known({ usage, costUsd, toolCalls, attempts: attempts.length > 0 ? attempts : undefined });
}

function known(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
