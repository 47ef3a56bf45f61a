/** What was sent: never more than allowed, nothing twice, and no failure without a reason. */
import { outcomesOf, type Outcome } from './outcomeChecks';
import { GRACE_MS, type ExecutionRecord, type Meeting, type ScenarioRecord } from './runScenario';
import { isBad } from './scenario';

/**
 * An exchange takes several turns of the event loop. With turns so long, a good answer may come too late, and a request
 * that was given up be read after the one that replaced it.
 */
export const isTooBusy = ({ lagMs }: Pick<ScenarioRecord, 'lagMs'>, { plan }: ExecutionRecord) =>
	lagMs * 8 > plan.timeoutMs;

/** Items that ask the same: nothing tells their requests apart. */
interface Group {
	size: number;
	/** What they met, one list per try. */
	tries: Meeting[][];
	outcomes: Outcome[];
}

export function* requestViolations(
	execution: ExecutionRecord,
	index: number,
	record: ScenarioRecord,
): Generator<string> {
	const { plan, tries, endedAt, stoppedAt, status, error } = execution;
	const mine = record.meetings.filter(({ question }) => Number.parseInt(question) === index);

	// The server needs a few turns of the event loop to accept a connection and to read the request.
	const grace = GRACE_MS + 3 * record.lagMs;
	const lateBy = (since: number) => mine.filter(({ receivedAt }) => receivedAt > since + grace).length;
	if (lateBy(endedAt) > 0) yield `${lateBy(endedAt)} requests after the end`;
	if (stoppedAt !== undefined && lateBy(stoppedAt) > 0) yield `${lateBy(stoppedAt)} requests after Stop`;
	const stopMs = endedAt - (stoppedAt ?? endedAt);
	if (stopMs > grace) yield `ended late after Stop: ${Math.round(stopMs)} ms`;

	const groups = groupsOf(execution, mine);
	for (const { question } of mine) if (!groups.has(question)) yield `no item asks "${question}"`;
	const lastTry = tries.at(-1) ?? Infinity;
	const refusal = mine.find(({ verdict, receivedAt }) => verdict === 'finalForAll' && receivedAt >= lastTry);
	for (const [question, group] of groups) {
		const found = [...ofGroup(group, execution, refusal !== undefined, isTooBusy(record, execution))];
		const [first] = group.tries.at(-1) ?? [];
		if (first && refusal && first.receivedAt > refusal.receivedAt + grace)
			found.push('was sent after a refusal');
		yield* found.map((violation) => `"${question.slice(0, 30)}" ${violation}; it met ${metBy(group)}`);
	}
	for (const { index: item, error: text, json } of outcomesOf(execution)) {
		const isSent = text === undefined || attemptsOf({ json }) > 0;
		if (plan.items[item] && isBad(plan.items[item]) && isSent) yield `item ${item} is bad, but sent`;
	}
	if (status === 'error' && !isTooBusy(record, execution)) {
		const item = plan.items[error?.itemIndex ?? -1];
		const group = groups.get(item?.json.question ?? '');
		const isJust = item && (isBad(item) || (group && reasonsIn(group, plan.maxRetries) > 0));
		if (!isJust) yield `failed without a reason: item ${error?.itemIndex}, ${error?.message}`;
		// Others of the group may have ended before.
		const fatal = group?.size === 1 ? group.tries.at(-1)?.at(-1) : undefined;
		const untilKnown = fatal?.kind.startsWith('hang') ? plan.timeoutMs : 0;
		if (fatal && lateBy(fatal.receivedAt + untilKnown) > 0) yield 'went on after its failure';
	}
}

function groupsOf(execution: ExecutionRecord, meetings: Meeting[]): Map<string, Group> {
	const { plan, tries } = execution;
	const groups = new Map<string, Group>();
	const outcomes = outcomesOf(execution);
	for (const [index, item] of plan.items.entries()) {
		if (isBad(item)) continue;
		const { question } = item.json;
		const group = groups.get(question) ?? { size: 0, tries: tries.map(() => []), outcomes: [] };
		group.size++;
		group.outcomes.push(...outcomes.filter((outcome) => outcome.index === index));
		groups.set(question, group);
	}
	for (const meeting of meetings) {
		const number = tries.findLastIndex((startedAt) => startedAt <= meeting.receivedAt);
		groups.get(meeting.question)?.tries[number]?.push(meeting);
	}
	return groups;
}

function* ofGroup(
	group: Group,
	execution: ExecutionRecord,
	isRefused: boolean,
	isLenient: boolean,
): Generator<string> {
	const { size, tries, outcomes } = group;
	const { status, plan } = execution;
	const delivered = new Set(outcomes.map(({ json }) => json.id));
	const isAnswer = (meeting: Meeting) =>
		meeting.verdict === 'answer' && !(isLenient && !delivered.has(meeting.replyId));

	let answers = 0;
	for (const met of tries) {
		// Those that have their reply take no part in a further try.
		const open = size - answers;
		if (met.length > open * (1 + plan.maxRetries)) yield `was sent ${met.length} times in one try`;
		let ends = 0;
		for (const meeting of met) {
			// When the last of them meets its end, all have sent their last request.
			if (ends >= open && !isLenient) yield 'was sent again after its end';
			if (isAnswer(meeting)) answers++;
			if (isAnswer(meeting) || isFinal(meeting)) ends++;
		}
	}
	if (status !== 'success') return;

	const replies = outcomes.filter(({ error }) => error === undefined);
	const refused = ({ error }: Outcome) =>
		isRefused && /^Not (sent|finished), because item /.test(error ?? '');
	const failed = outcomes.filter(
		(outcome) => outcome.error !== undefined && attemptsOf(outcome) > 0 && !refused(outcome),
	);
	const unsent = outcomes.filter((outcome) => outcome.error !== undefined && attemptsOf(outcome) === 0);
	if (answers > replies.length) yield `was answered ${answers} times, but has ${replies.length} replies`;
	if (!unsent.every(refused)) yield `was not sent, for no reason: ${unsent[0]?.error}`;
	if (isLenient) return;
	if (failed.length > reasonsIn(group, plan.maxRetries)) yield `failed without a reason: ${failed[0]?.error}`;
	const attempts = outcomes.reduce((sum, outcome) => sum + attemptsOf(outcome), 0);
	if (tries.length === 1 && plan.simplify && attempts !== tries[0]!.length) {
		yield `says it had ${attempts} attempts`;
	}
}

/** How many items of the group had to fail in the last try. */
function reasonsIn({ tries }: Group, maxRetries: number): number {
	const met = tries.at(-1) ?? [];
	const retries = met.filter(({ verdict }) => verdict === 'retry').length;
	return met.filter(isFinal).length + Math.floor(retries / (1 + maxRetries));
}

const isFinal = ({ verdict }: Meeting) => verdict === 'final' || verdict === 'finalForAll';

/** Of a failure the list, of a reply the number. */
function attemptsOf({ json }: Pick<Outcome, 'json'>): number {
	const { details, attempts } = json as { details?: { attempts?: unknown[] }; attempts?: number };
	return attempts ?? details?.attempts?.length ?? 0;
}

const metBy = ({ tries }: Group) => tries.map((met) => met.map(({ kind }) => kind).join(', ')).join(' | ');
