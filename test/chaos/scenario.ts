/** What is tried: settings, items and faults, all drawn from one seed. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';
import type { RecordedRequest } from '../support/faultServer';
import {
	ANSWERS,
	FINAL,
	repeatingTheKey,
	RETRIED,
	STREAMED_ANSWERS,
	STREAMED_RETRIED,
	type Fault,
	type Verdict,
} from './faults';

/** Stop is pressed so long after so many requests have come. */
interface Stop {
	afterRequests: number;
	delayMs: number;
}

export interface Item extends INodeExecutionData {
	json: IDataObject & { question: string };
}

export interface ExecutionPlan {
	onError: NonNullable<INode['onError']>;
	/** How often n8n runs the node; more than once is Retry On Fail. */
	maxTries: number;
	concurrency: number;
	maxRetries: number;
	/** Within which an answer must be there; hangs last as long. */
	timeoutMs: number;
	simplify: boolean;
	/** Whether replies are streamed: from the API only, or on to a caller. */
	stream: 'no' | 'fromApi' | 'toCaller';
	stop?: Stop;
	items: Item[];
}

export interface Scenario {
	key: string;
	/** Share of the requests that meet a fault, in percent, and the faults they meet. */
	percent: number;
	kinds: string[];
	/** Run at the same time. */
	executions: ExecutionPlan[];
	/** The same for the same request, in whatever order requests arrive. */
	faultFor(request: Pick<RecordedRequest, 'rawBody' | 'body' | 'attempt'>): Fault;
}

/** An item may wait no longer; what asks for more in `faults.ts` asks for minutes. */
export const MAX_WAIT_S = 60;

/** Roughly how long an execution may take; where every request hangs, that is a few items. */
const LONGEST_MS = 2000;

export function currentUserMessages(request: Pick<RecordedRequest, 'body'>): string {
	return (request.body as { messages: Array<{ content: string }> }).messages[0]!.content;
}

/** One value, decided by the texts alone. */
function draw<T>(arbitrary: fc.Arbitrary<T>, ...texts: unknown[]): T {
	const seed = createHash('sha256').update(JSON.stringify(texts)).digest().readInt32BE();
	return fc.sample(arbitrary, { seed, numRuns: 1, unbiased: true })[0]!;
}

/** Now and then something else: mostly `usual`. */
const mostly = <T>(usual: T, percent: number, other: fc.Arbitrary<T>) =>
	fc.oneof({ weight: 100 - percent, arbitrary: fc.constant(usual) }, { weight: percent, arbitrary: other });

/** What keeps an item from being sent; the node's expressions refer to these fields. */
const badFields = fc.constantFrom<IDataObject & { question?: string }>(
	{ question: ' ' },
	{ temperature: 9 },
	{ user: { name: 'an object' } },
	{ broken: true },
);
export const isBad = ({ json }: Item) =>
	json.question === ' ' ||
	json.temperature !== undefined ||
	json.user !== undefined ||
	json.broken !== undefined;

const itemPlans = fc
	.record({
		count: fc.oneof(
			{ weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
			{ weight: 4, arbitrary: fc.integer({ min: 20, max: 150 }) },
		),
		badPercent: fc.constantFrom(0, 0, 1, 20),
	})
	.chain(({ count, badPercent }) =>
		fc.array(
			fc.record({
				bad: mostly({}, badPercent, badFields),
				isTwin: mostly(false, 5, fc.constant(true)),
				more: fc.constantFrom('', '"quoted"\n{{ 1 }}', 'ünïcödé 🙂', 'long '.repeat(500)),
			}),
			{ minLength: count, maxLength: count },
		),
	);

const executionPlans = fc.record({
	onError: fc.constantFrom<ExecutionPlan['onError']>(
		'stopWorkflow',
		'continueRegularOutput',
		'continueRegularOutput',
		'continueErrorOutput',
		'continueErrorOutput',
	),
	maxTries: fc.constantFrom(1, 1, 2, 3),
	concurrency: fc.constantFrom(1, 3, 10, 20),
	maxRetries: fc.constantFrom(0, 1, 2, 4, 8),
	timeoutMs: fc.constantFrom(700, 1000),
	simplify: mostly(true, 25, fc.constant(false)),
	stream: fc.constantFrom<ExecutionPlan['stream']>('no', 'fromApi', 'toCaller'),
	stop: mostly<Stop | undefined>(
		undefined,
		25,
		fc.record({ afterRequests: fc.integer({ min: 0, max: 200 }), delayMs: fc.integer({ min: 0, max: 30 }) }),
	),
	items: itemPlans,
});

const few = (kinds: object, least: number, most: number) =>
	fc.subarray(Object.keys(kinds), { minLength: least, maxLength: most });

const scenarios = (kinds: ReturnType<typeof kindsFor>) =>
	fc.record({
		percent: fc.constantFrom(3, 10, 30, 60, 95, 100),
		retried: few(kinds.retry, 1, 8),
		streamedRetried: few(STREAMED_RETRIED, 1, 6),
		final: mostly([], 50, few(kinds.final, 1, 4)),
		finalForAll: mostly([], 15, few(kinds.finalForAll, 1, 1)),
		executions: fc.array(executionPlans, { minLength: 1, maxLength: 3 }),
	});

const kindsFor = (key: string) => {
	const { retried, final, finalForAll } = repeatingTheKey(key);
	return { answer: ANSWERS, retry: { ...RETRIED, ...retried }, final: { ...FINAL, ...final }, finalForAll };
};

export function scenarioOf(seed: number, number: number): Scenario {
	const key = `sk-test-${createHash('sha256').update(`${seed} ${number}`).digest('hex').slice(0, 24)}`;
	const kinds = kindsFor(key);
	const { percent, retried, streamedRetried, final, finalForAll, executions } = draw(
		scenarios(kinds),
		seed,
		number,
	);
	const weighed = (
		verdict: Verdict,
		names: string[],
		weightOf: (kind: string) => number,
		from: Record<string, fc.Arbitrary<Fault['behaviour']>> = kinds[verdict],
	) =>
		names.map((kind) => ({
			kind,
			weight: weightOf(kind),
			arbitrary: from[kind]!.map((behaviour): Fault => ({ kind, verdict, behaviour })),
		}));
	const ofAll = [
		...weighed('retry', retried, (kind) => (is429(kind) ? 6 : 30)),
		...weighed('final', final, (kind) => (is429(kind) ? 2 : 10)),
		...weighed('finalForAll', finalForAll, () => 1),
	];
	const ofStreams = weighed('retry', streamedRetried, () => 30, STREAMED_RETRIED);
	const faults = [...ofAll, ...ofStreams];
	const answerWeight = (kind: string) => (kind === 'a reply' ? 10 : 1);
	const answers = weighed('answer', Object.keys(ANSWERS), answerWeight);
	const streamedAnswers = weighed('answer', Object.keys(STREAMED_ANSWERS), () => 2, STREAMED_ANSWERS);
	const met = (some: typeof faults, good: typeof answers) =>
		fc.oneof(
			{ weight: percent, arbitrary: fc.oneof(...some) },
			{ weight: 100 - percent, arbitrary: fc.oneof(...good) },
		);
	const metPlain = met(ofAll, answers);
	const metStreamed = met(faults, [...answers, ...streamedAnswers]);
	// They share one pace, so the slowest counts.
	const msPerRequest =
		executions.length *
		Math.max(...executions.map(({ stream }) => roughMsPerRequest(percent, stream === 'no' ? ofAll : faults)));
	return {
		key,
		percent,
		kinds: faults.map(({ kind }) => kind),
		executions: executions.map((plan, index) => {
			const requests = 1 + (percent / 100) * ((1 + plan.maxRetries) * plan.maxTries - 1);
			const count = Math.ceil(LONGEST_MS / (requests * msPerRequest));
			return { ...plan, items: itemsOf(plan.items.slice(0, count), index) };
		}),
		faultFor({ rawBody, body, attempt }) {
			const { stream } = body as { stream?: boolean };
			return draw(stream ? metStreamed : metPlain, seed, number, rawBody, attempt);
		},
	};
}

const is429 = (kind: string) => kind.startsWith('429');

/** A hang lasts until the time-out; and who is refused often, whatever the rate, takes a low rate for the limit. */
function roughMsPerRequest(percent: number, faults: Array<{ kind: string; weight: number }>): number {
	const weightOf = (some: typeof faults) => some.reduce((sum, { weight }) => sum + weight, 0);
	const shareOf = (which: (kind: string) => boolean) =>
		((percent / 100) * weightOf(faults.filter(({ kind }) => which(kind)))) / weightOf(faults);
	return 3 + 200 * shareOf((kind) => kind.startsWith('hang')) + 3000 * shareOf(is429) ** 2;
}

type ItemPlans = typeof itemPlans extends fc.Arbitrary<infer T> ? T : never;

function itemsOf(plans: ItemPlans, execution: number): Item[] {
	let question = '';
	return plans.map(({ bad, isTwin, more }, number) => {
		// The execution's number keeps the requests of executions at the same time apart.
		if (!isTwin || number === 0) question = `${execution}: question ${number} ${more}`;
		return { json: { number, question, ...bad } };
	});
}
