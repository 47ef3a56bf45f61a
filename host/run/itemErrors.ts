import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';
import type { CallLog } from '../../client';
import { ApiFailure, CallError, InvalidConnectionError, type FailureKind } from '../../client';
import { failureText } from '../failureTexts';
import { InputProblem } from '../parameters/inputProblem';
import { SkippedError } from './skippedError';

/**
 * The item that stands for a failure. n8n sends it to the error output only when its keys are among error, message
 * and details.
 *
 * @param log of the item's call.
 */
export function errorItem(error: unknown, itemIndex: number, log: CallLog): INodeExecutionData {
	const { message, details } = explain(error, log);
	return { json: { error: message, details }, pairedItem: { item: itemIndex } };
}

interface ErrorContext {
	/** Absent when it is not about one item. */
	itemIndex?: number;
	/** What the call had sent by then. */
	log: CallLog;
	/** Whether n8n tells it a caller who reads along, who sees nothing but the description. */
	isToldCaller?: boolean;
}

/** The error that ends the execution when On Error is "Stop Workflow". */
export function nodeError(
	node: INode,
	error: unknown,
	{ itemIndex, log, isToldCaller = false }: ErrorContext,
): Error {
	const { message, details } = explain(error, log);
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
	'cut_off',
	'declined',
	'invalid_json',
	'too_large',
]);

function explain(error: unknown, log: CallLog): Explanation {
	if (error instanceof InputProblem) {
		const { message, parameter, hint, itemAtFault } = error;
		return { message, details: { parameter, hint, itemAtFault } };
	}
	if (error instanceof InvalidConnectionError) {
		const { message, hint } = error;
		return { message, details: { parameter: 'Credential', hint, itemAtFault: false } };
	}
	if (error instanceof SkippedError) return explainSkipped(error, log);
	if (error instanceof ApiFailure) return explainFailure(error, log);
	return explainHostError(error, log);
}

function explainSkipped({ itemIndex, text: { message, hint } }: SkippedError, log: CallLog): Explanation {
	const spent = spentOn(log);
	const details = { ...spent, hint, itemAtFault: false };
	return Object.keys(spent).length > 0
		? {
				message: `Not finished, because item ${itemIndex} failed for a reason all items share. ${message}`,
				details,
			}
		: {
				message: `Not sent, because item ${itemIndex} failed for a reason all items share. ${message}`,
				details,
			};
}

function explainFailure(failure: ApiFailure, log: CallLog): Explanation {
	const { message, hint } = failureText(failure, log);
	const { status, code, type, param, requestId, retryAfterMs, partialText, text } = failure.details;
	return {
		message,
		details: {
			...definedFields({ status, code, type, param, requestId, retryAfterMs, partialText, text }),
			...spentOn(log),
			attempts: [...log.attempts],
			hint,
			itemAtFault: KINDS_OF_ITEM.has(failure.kind),
		},
	};
}

/** n8n's own errors, such as an expression that fails: its texts say what is wrong. */
function explainHostError(error: unknown, log: CallLog): Explanation {
	const { message = String(error), description, cause } = error as HostError;
	// When a memory fails, n8n puts what happened into the description, and keeps what to do.
	if (description && message.startsWith('Error in sub-node')) {
		const hint = cause?.description || 'Open that node and correct its settings';
		return { message: `${message}: ${description}`, details: { hint, itemAtFault: false } };
	}
	return {
		message,
		details: {
			...spentOn(log),
			hint: description || 'Check the expressions in the parameters of this node, and its credential',
			itemAtFault: false,
		},
	};
}

/** What had been sent, paid for and done for an item that got no reply. */
function spentOn(log: CallLog): IDataObject {
	const { usage, costUsd, paidReplies } = log.totals();
	const isPaid = usage !== undefined && paidReplies > 0;
	return definedFields({
		usage: isPaid ? usage : undefined,
		costUsd: isPaid ? costUsd : undefined,
		toolCalls: log.toolCalls.length > 0 ? log.toolCalls : undefined,
		attempts: log.attempts.length > 0 ? [...log.attempts] : undefined,
	});
}

function definedFields(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
