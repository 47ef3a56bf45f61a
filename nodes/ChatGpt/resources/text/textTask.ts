import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { ChatRequest } from '../../../../client/core/requests';
import type { ApiFailure } from '../../../../client/core/errors';
import type { NamedSchema } from '../../../../client/structured/jsonFormat';
import type { NormalizeReply } from '../../../../client/structured/repairJson';
import { isObject } from '../../../../client/structured/jsonSchema';
import { incompleteReason, completeText } from '../../../../client/core/completeText';
import { askModel } from '../../../../host/run/askModel';
import { canSpread } from '../../../../host/output/itemOutput';
import type { NodeRun } from '../../../../host/run/nodeRun';
import { callMetadata, outputItem } from '../../../../host/output/callMetadata';
import type { CachedResult } from '../../../../client/sending/replyCache';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { readModel } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { checkNumber, withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { readRequestOptions } from '../../../../host/parameters/requestOptions';
import { readRepairAttempts, type JsonReplies } from '../../../../host/parameters/responseFormat';
import { textOf } from '../../../../host/parameters/toPromptText';
import { textMessages } from './prompt';

/** What is to be done with the text of an item. */
export interface Job {
	/** Said to the model before the text. */
	instructions: string;
	/** What the reply is to be, unless it may be any text. */
	json?: Omit<NamedSchema, 'strict'> & { strict?: boolean; tidy?: NormalizeReply };
}

/** An answered job. */
export interface JobReply {
	result: CachedResult;
	/**
	 * The item with these fields, and what is known of the call. Of several for one reply only the first, which is number
	 * 0, has usage and cost: summed up, they have to be right.
	 */
	item: (fields: IDataObject, nth?: number) => INodeExecutionData;
	/** An item for each record. */
	items: (records: IDataObject[]) => INodeExecutionData[];
}

/**
 * Does a job on the text of one item.
 *
 * @param readJob reads the operation's own fields, before anything is sent.
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function runTextTask(
	run: NodeRun,
	itemIndex: number,
	stopSignal: AbortSignal,
	readJob: (options: IDataObject) => Job,
): Promise<JobReply> {
	const { context, paid } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
	const shape = readOutputShape(options);
	const { instructions, json: wanted } = readJob(options);
	const json = wanted && jsonReplies(wanted, options);
	const own = textOf(options.instructions).trim();
	const request: ChatRequest = {
		model: readModel(context, itemIndex),
		...readLimits(options),
		...readRequestOptions(options, json),
		messages: textMessages(instructions, own, readText(context, itemIndex)),
	};

	const paidFor = paid?.of(itemIndex, request);
	const result =
		paidFor?.recall()?.result ??
		(await askModel(run, { request, json, isCacheable }, itemIndex, options, stopSignal));
	// An empty reply is a mishap, and the next may be better; one that was cut would be cut again.
	if (unusable(result)?.kind !== 'invalid_json') paidFor?.keep({ messages: request.messages, result });
	// What is of no use counts as a failure.
	if (result.choices[0].json === undefined) completeText(result);
	run.totals.addReply(result);
	const input = context.getInputData()[itemIndex]!;
	const place = (reply: IDataObject) => outputItem(reply, input, itemIndex, shape, result.id);
	const facts: IDataObject = { ...callMetadata(result), warnings: result.warnings };
	const { json: read } = result.choices[0];
	const raw = { ...(result.raw as IDataObject), ...(read !== undefined && { json: read as IDataObject }) };
	const item = (fields: IDataObject, nth = 0) => {
		const counted = shape.simplify ? facts : raw;
		const said = nth === 0 ? counted : uncounted(counted);
		return place(shape.simplify ? withFacts(fields, said) : said);
	};
	return {
		result,
		item,
		items: (records) => (shape.simplify ? records.map((record, nth) => item(record, nth)) : [item({})]),
	};
}

/** Why a reply without JSON, which is checked when it is read, is of no use. */
function unusable({ choices: [choice] }: CachedResult): ApiFailure | undefined {
	return choice.json === undefined ? incompleteReason(choice) : undefined;
}

const isCacheable = (reply: CachedResult) => !unusable(reply);

function uncounted(facts: IDataObject): IDataObject {
	const others = { ...facts };
	delete others.usage;
	delete others.costUsd;
	return others;
}

function withFacts(fields: IDataObject, facts: IDataObject): IDataObject {
	const own = canSpread(fields) ? fields : { json: fields };
	// Named first because they are what matters, and last because a field that the user defined wins.
	return { ...own, ...facts, ...own };
}

/** The JSON of a reply to a job that asked for it. */
export function jsonOf({ choices: [{ json }] }: CachedResult): IDataObject {
	return isObject(json) ? (json as IDataObject) : {};
}

function jsonReplies(
	{ tidy, strict = true, ...schema }: NonNullable<Job['json']>,
	options: IDataObject,
): JsonReplies {
	return {
		format: { type: 'json_schema', json_schema: { ...schema, strict } },
		repairAttempts: readRepairAttempts(options),
		tidy,
	};
}

function readText(context: IExecuteFunctions, itemIndex: number): string {
	const text = textOf(context.getNodeParameter('text', itemIndex, ''));
	if (text.trim()) return text;
	throw new InputProblem(
		'Text',
		'There is no text to work on',
		'Enter a text, or check that the expression in the field Text gives one for this item',
	);
}

function readLimits({ temperature, maxTokens }: IDataObject) {
	const most =
		maxTokens === undefined ? 0 : checkNumber('Maximum Tokens', maxTokens, { min: 0, whole: true });
	return {
		...(temperature !== undefined && {
			temperature: checkNumber('Temperature', temperature, { min: 0, max: 2 }),
		}),
		...(most > 0 && { max_tokens: most }),
	};
}
