/** What comes out: one outcome per item, in order, each where it belongs. */
import type { IDataObject, INodeExecutionData, StructuredChunk } from 'n8n-workflow';
import type { ExecutionRecord, Meeting } from './runScenario';
import type { Item } from './scenario';

export interface Outcome {
	/** The item it belongs to. */
	index: number;
	output: number;
	/** Absent when the item has a reply. */
	error?: string;
	json: IDataObject;
}

export function outcomesOf({ outputs }: Pick<ExecutionRecord, 'outputs'>): Outcome[] {
	return outputs.flatMap((items, output) =>
		items.map(({ json, pairedItem }) => ({
			index: (pairedItem as { item?: number } | undefined)?.item ?? -1,
			output,
			// A server may well put an empty `error` into a good reply.
			...(typeof json.error === 'string' && { error: json.error }),
			json,
		})),
	);
}

export function* outcomeViolations(execution: ExecutionRecord, meetings: Meeting[]): Generator<string> {
	const { plan, status, stoppedAt, outputs } = execution;
	const { items, onError } = plan;
	const outcomes = outcomesOf(execution);
	const possible = [
		stoppedAt === undefined ? 'success' : 'canceled',
		...(onError === 'stopWorkflow' ? ['error'] : []),
	];
	if (!possible.includes(status)) yield `ended as "${status}", not as ${possible.join(' or ')}`;

	if (status === 'success' && outcomes.length !== items.length) {
		yield `${outcomes.length} outcomes for ${items.length} items`;
	}
	if (status === 'error' && outcomes.length > 0) yield `failed, with ${outcomes.length} outcomes`;
	for (const [output, list] of outputs.entries()) {
		const order = list.map(({ pairedItem }) => pairedItem);
		const sorted = order.every((paired, at) => at === 0 || itemOf(order[at - 1]) < itemOf(paired));
		if (!sorted) yield `output ${output} is out of order: ${JSON.stringify(order)}`;
	}
	if (new Set(outcomes.map(({ index }) => index)).size < outcomes.length) yield 'two outcomes for one item';

	const byReplyId = new Map(meetings.map((meeting) => [meeting.replyId, meeting]));
	for (const outcome of outcomes) {
		const item = items[outcome.index];
		const violation = item ? ofOne(outcome, item, onError, byReplyId) : 'is of no item';
		if (violation) yield `the outcome of item ${outcome.index} ${violation}: ${short(outcome.json)}`;
		// Retry On Fail shows an item again.
		if (plan.stream !== 'toCaller' || plan.maxTries > 1) continue;
		const shown = shownWrong(outcome, execution.chunks);
		if (shown) yield `of item ${outcome.index} the caller ${shown}: ${short(outcome.json)}`;
	}
}

/** What the caller who reads along should have seen of an item. */
function shownWrong({ index, error, json }: Outcome, chunks: StructuredChunk[]): string | undefined {
	const own = chunks.filter(({ metadata }) => metadata.itemIndex === index);
	const kinds = own.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
	if (error !== undefined) {
		const { content } = own.at(-1) ?? {};
		return kinds.at(-1) === 'error' && content === error ? undefined : `was not told the error`;
	}
	const text = own.map(({ type, content }) => (type === 'item' ? content : '')).join('');
	if (text !== textOf(json)) return `read ${short({ text })}`;
	return ['begin end', 'begin item end'].includes(kinds.join(' ')) ? undefined : `got ${kinds.join(' ')}`;
}

function textOf(json: IDataObject): unknown {
	const choices = json.choices as [{ message: { content: string } }] | undefined;
	return json.text ?? choices?.[0].message.content;
}

const itemOf = (paired: INodeExecutionData['pairedItem']) => (paired as { item: number }).item;
const short = (json: IDataObject) => JSON.stringify(json).slice(0, 300);

/** @param byReplyId loses the reply: it answers one item only. */
function ofOne(
	{ error, output, json }: Outcome,
	item: Item,
	onError: string,
	byReplyId: Map<string, Meeting>,
): string | undefined {
	if (error !== undefined) {
		const splits = onError === 'continueErrorOutput';
		if (onError === 'stopWorkflow') return 'is an error, though errors stop the workflow';
		if (output !== (splits ? 1 : 0)) return 'is an error at the wrong output';
		// n8n adds the input's fields to what goes to the error output.
		const allowed = ['error', 'details', ...(splits ? Object.keys(item.json) : [])];
		if (Object.keys(json).some((key) => !allowed.includes(key)))
			return 'has more than an error and its details';
		return typeof (json.details as IDataObject | undefined)?.hint === 'string' ? undefined : 'has no hint';
	}
	if (output !== 0) return 'is a reply at the error output';
	const meeting = byReplyId.get(json.id as string);
	if (!meeting) return 'is no reply, or one that was given out before';
	byReplyId.delete(json.id as string);
	if (meeting.verdict !== 'answer') return `is made of "${meeting.kind}"`;
	if (meeting.question !== item.json.question) return 'is the reply to another question';
	const isRight = textOf(json) === `Reply to: ${item.json.question}` || meeting.kind === 'a huge reply';
	return isRight ? undefined : 'has another text than the server sent';
}
