import type { IDataObject } from 'n8n-workflow';
import type { ModerationPart, ModerationRequest, ModerationResult } from '../../../../client';
import { basicCallMetadata, outputItem } from '../../../../host/output/callMetadata';
import { readAttachment } from '../../../../host/parameters/attachments';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { readModelId } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { toPromptText } from '../../../../host/parameters/toPromptText';
import { readBasicCall } from '../../../../host/run/basicCall';
import type { ItemContext, OperationHandler } from '../../../../host/run/operation';

/** Finds out whether the text and the images of an item are harmful. */
export const execute: OperationHandler = async (item) => {
	const { client, totals } = item.run;
	const shape = readOutputShape(item.options);
	const model = readModelId(item, 'moderationModel');
	const requests = await readRequests(item, model);
	const result = await client.moderate(requests, readBasicCall(item));
	totals.addAnswer(result);
	const fields = shape.simplify ? simplifiedModeration(result, requests.length) : (result.raw as IDataObject);
	return { items: [outputItem(item, fields, shape, result.id)] };
};

/** What to ask about, one request after the other. OpenAI rejects a second image with `too_many_images`. */
async function readRequests(
	item: ItemContext,
	model: string,
): Promise<[ModerationRequest, ...ModerationRequest[]]> {
	const text = toPromptText(item.parameter('text', ''));
	const rows = (item.parameter('images', {}) as { values?: object[] | null } | null)?.values ?? [];
	const attached = { bytes: 0 };
	const images: ModerationPart[] = [];
	for (const [index, row] of rows.entries()) {
		const label = `Images, image ${index + 1}`;
		images.push((await readAttachment(item, label, row, attached)) as ModerationPart);
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

function simplifiedModeration(result: ModerationResult, requests: number): IDataObject {
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
