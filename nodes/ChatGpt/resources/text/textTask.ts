import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import {
	incompleteReason,
	isObject,
	wholeText,
	type ApiFailure,
	type ChatReply,
	type ChatRequest,
	type ChatResult,
	type NamedSchema,
	type NormalizeReply,
} from '../../../../client';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { readModelId } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { OptionReader } from '../../../../host/parameters/readField';
import { readRequestOptions } from '../../../../host/parameters/requestOptions';
import { readRepairAttempts, type JsonReplies } from '../../../../host/parameters/responseFormat';
import { toPromptText } from '../../../../host/parameters/toPromptText';
import { askModel } from '../../../../host/run/askModel';
import { askOnce } from '../../../../host/run/askOnce';
import type { ItemContext } from '../../../../host/run/operation';
import { textMessages } from './prompt';
import { textOptions } from './text.fields';
import { taskItems } from './taskOutput';

/** What is to be done with the text of an item. */
export interface TextTask {
	/** Said to the model before the text. */
	instructions: string;
	/** What the reply is to be, unless it may be any text. */
	json?: Omit<NamedSchema, 'strict'> & { strict?: boolean; normalizeReply?: NormalizeReply };
}

/** What came of a task. */
export interface TextTaskResult {
	/** The JSON of the reply, if the task asked for it. */
	json: IDataObject;
	/** The text of the reply; empty when it is JSON. */
	text: string;
	/** The item with these fields; of several for one reply only the first, which is number 0, has usage and cost. */
	item: (fields: IDataObject, nth?: number) => INodeExecutionData;
	/** An item for each record. */
	items: (records: IDataObject[]) => INodeExecutionData[];
}

/**
 * Does a task on the text of one item.
 *
 * @param readTask reads the operation's own fields, before anything is sent.
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function runTextTask(item: ItemContext, readTask: () => TextTask): Promise<TextTaskResult> {
	const shape = readOutputShape(item.options);
	const { request, json } = readRequest(item, readTask());
	const { result } = await askOnce(
		item,
		request,
		async () => ({
			messages: request.messages,
			result: await askModel(item, { request, json, isCacheable }),
		}),
		// An empty reply is a mishap, and the next may be better; one that was cut would be cut again.
		(turn) => unusableReason(turn.result)?.kind !== 'invalid_json',
	);
	const [{ json: read }] = result.choices;
	const text = read === undefined ? readWholeText(item, result) : '';
	item.run.totals.addReply(result);
	return {
		json: isObject(read) ? (read as IDataObject) : {},
		text,
		...taskItems(item, result, shape),
	};
}

function readRequest(item: ItemContext, task: TextTask): { request: ChatRequest; json?: JsonReplies } {
	const { options } = item;
	const json = task.json && jsonReplies(task.json, options);
	const own = toPromptText(options.instructions).trim();
	const request: ChatRequest = {
		model: readModelId(item),
		...readLimits(options),
		...readRequestOptions(options, json),
		messages: textMessages(task.instructions, own, readTextField(item)),
	};
	return { request, json };
}

function jsonReplies(
	{ normalizeReply, strict = true, ...schema }: NonNullable<TextTask['json']>,
	options: IDataObject,
): JsonReplies {
	return {
		format: { type: 'json_schema', json_schema: { ...schema, strict } },
		repairAttempts: readRepairAttempts(options),
		normalizeReply,
	};
}

function readTextField({ parameter }: ItemContext): string {
	const text = toPromptText(parameter('text', ''));
	if (text.trim()) return text;
	throw new InputProblem(
		'Text',
		'There is no text to work on',
		'Enter a text, or check that the expression in the field Text gives one for this item',
	);
}

function readLimits(options: IDataObject): { temperature?: number; max_tokens?: number } {
	const option = new OptionReader(options, textOptions);
	const temperature = option.number('temperature');
	const maxTokens = option.number('maxTokens', { whole: true });
	return { ...(temperature !== undefined && { temperature }), ...(maxTokens && { max_tokens: maxTokens }) };
}

/** Why a reply without JSON, which is checked when it is read, is of no use. */
function unusableReason({ choices: [choice] }: ChatReply): ApiFailure | undefined {
	return choice.json === undefined ? incompleteReason(choice) : undefined;
}

function isCacheable(reply: ChatReply): boolean {
	return unusableReason(reply) === undefined;
}

/** @throws {ApiFailure} for a reply of no use, which was paid for all the same. */
function readWholeText({ log }: ItemContext, result: ChatResult): string {
	const failure = unusableReason(result);
	if (failure) log.addUnusableReply(failure.details.code);
	return wholeText(result);
}
