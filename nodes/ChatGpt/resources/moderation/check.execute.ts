import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ModerationResult } from '../../../../client/client';
import type { ModerationPart, ModerationRequest } from '../../../../client/endpoints/moderations/response';
import { basicCallMetadata, outputItem } from '../../../../host/output/callMetadata';
import type { NodeRun } from '../../../../host/run/nodeRun';
import type { Answered } from '../../operations';
import { readAttachment } from '../../../../host/parameters/attachments';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { readModel } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { readPlainCall } from '../../../../host/parameters/basicCallOptions';
import { textOf } from '../../../../host/parameters/toPromptText';

/**
 * Answers one item.
 *
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function answer(
	run: NodeRun,
	itemIndex: number,
	stopSignal: AbortSignal,
): Promise<Answered> {
	const { context, client, totals } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
	const shape = readOutputShape(options);
	const model = readModel(context, itemIndex, 'moderationModel');
	const requests = await readRequests(context, itemIndex, model);
	const call = readPlainCall(run, options, stopSignal);
	const result = await client.moderate(requests, call);
	totals.addAnswer(result);
	const fields = shape.simplify ? simplified(result, requests.length) : (result.raw as IDataObject);
	const item = context.getInputData()[itemIndex]!;
	return { items: [outputItem(fields, item, itemIndex, shape, result.id)] };
}

/** What to ask about, one request after the other. OpenAI refuses a second image with `too_many_images`. */
async function readRequests(
	context: IExecuteFunctions,
	itemIndex: number,
	model: string,
): Promise<[ModerationRequest, ...ModerationRequest[]]> {
	const text = textOf(context.getNodeParameter('text', itemIndex, ''));
	const rows =
		(context.getNodeParameter('images', itemIndex, {}) as { values?: object[] } | null)?.values ?? [];
	const attached = { bytes: 0 };
	const images: ModerationPart[] = [];
	for (const [index, row] of rows.entries()) {
		const label = `Images, image ${index + 1}`;
		images.push((await readAttachment(context, itemIndex, label, row, attached)) as ModerationPart);
	}
	const [first, ...rest] = images;
	if (first) {
		const parts: ModerationPart[] = text.trim() ? [{ type: 'text', text }, first] : [first];
		return [{ model, input: parts }, ...rest.map((image) => ({ model, input: [image] }))];
	}
	if (text.trim()) return [{ model, input: text }];
	throw new InputProblem(
		'Text',
		'There is nothing to check',
		'Enter a text or add an image, and check that the expression gives a text for this item',
	);
}

function simplified(result: ModerationResult, requests: number): IDataObject {
	const { flagged, categories, categoryScores, appliedInputTypes, id, model } = result;
	const called = basicCallMetadata(result);
	return {
		flagged,
		flaggedCategories: Object.keys(categories).filter((name) => categories[name]),
		categories,
		categoryScores,
		...(appliedInputTypes && { appliedInputTypes }),
		...(model && { model }),
		...(id && { id }),
		...called,
		attempts: result.failedAttempts.length + requests,
	};
}
