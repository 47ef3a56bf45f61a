/** Runs a scenario against a fault server and writes down all that `checks.ts` judges. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { INodeExecutionData, StructuredChunk } from 'n8n-workflow';
import { numberedItems, runChatGpt, userMessage } from '../support/chatGptRun';
import { requestIdOf, startFaultServer, type RecordedRequest } from '../support/faultServer';
import type { RunResult } from '../support/workflowRunner';
import { showsText, STAYS_OPEN, type Fault, type Verdict } from './faults';
import { MAX_WAIT_S, currentUserMessages, type ExecutionPlan, type Scenario } from './scenario';
import { watchProcess, type ProcessWatch } from './watch';

// The client waits half a second and more, at random, where the server names no time: a fraction of it will do.
const { random } = Math;
Math.random = () => random() / 100;

/** A request, and what it met. */
export interface Meeting {
	question: string;
	path: string;
	/** `performance.now()`, as are all times here. */
	receivedAt: number;
	/** The id of the reply, if it gets one. */
	replyId: string;
	kind: string;
	verdict: Verdict;
}

export interface ExecutionRecord {
	plan: ExecutionPlan;
	/** When n8n ran the node: more than once with Retry On Fail. */
	tries: number[];
	stoppedAt?: number;
	endedAt: number;
	status: string;
	/** Why the execution failed. */
	error?: { message: string; itemIndex?: number };
	/** The items of each output. */
	outputs: INodeExecutionData[][];
	/** What a caller who reads along got. */
	chunks: StructuredChunk[];
}

export interface ScenarioRecord {
	key: string;
	executions: ExecutionRecord[];
	meetings: Meeting[];
	/** Requests that are none of a chat, such as those of a redirect that was followed. */
	otherRequests: number;
	inFlightAtEnd: number;
	complaints: string[];
	leftBehind: string[];
	lagMs: number;
	/** All that a user or a log gets to see, in which to search for the key. */
	visible: string;
}

/** Within which all that Stop ends must have ended. */
export const GRACE_MS = 100;
const DEADLINE_MS = 40_000;

/** The first run of all loads what the others share, and keeps the event loop from turning meanwhile. */
export async function warmUp(): Promise<void> {
	const server = await startFaultServer();
	await runChatGpt(server, { items: numberedItems(10) });
	await server.close();
}

export async function runScenario(scenario: Scenario): Promise<ScenarioRecord> {
	const server = await startFaultServer();
	const watch = watchProcess();
	const faults: Fault[] = [];
	const onRequest: Array<() => void> = [];
	server.behave((request) => {
		const fault = scenario.faultFor(request);
		faults[request.index] = fault;
		onRequest[Number.parseInt(currentUserMessages(request))]?.();
		return fault.behaviour;
	});
	try {
		const ended = await Promise.all(
			scenario.executions.map((plan, index) =>
				runExecution(plan, index, { server, key: scenario.key, watch, onRequest }),
			),
		);
		// What begins too late is to be seen.
		await sleep(GRACE_MS);
		// A machine that stood still runs its timers before it looks at its sockets.
		for (let turn = 0; turn < 2; turn++) await nextTurn();
		const inFlightAtEnd = server.stats.inFlight;
		const otherRequests = server.otherRequests.length;
		await server.close();
		const runs = ended.map(({ run }) => run);
		return {
			key: scenario.key,
			executions: ended.map(({ execution }) => execution),
			meetings: server.requests.map((request) =>
				meetingOf(request, faults[request.index]!, scenario.executions),
			),
			otherRequests,
			inFlightAtEnd,
			complaints: watch.complaints,
			leftBehind: await watch.leftBehind(),
			lagMs: watch.lagMs(),
			visible: [
				JSON.stringify(runs),
				everythingIn([runs, ended.map(({ execution }) => execution.chunks), watch.thrown(), watch.logged]),
			].join('\n'),
		};
	} finally {
		watch.end();
		await server.close();
	}
}

function meetingOf(request: RecordedRequest, { kind, verdict }: Fault, plans: ExecutionPlan[]): Meeting {
	const { path, receivedAt, answered } = request;
	const question = currentUserMessages(request);
	// What a caller has seen cannot be taken back, so it is not asked for again.
	const isShown = showsText(kind) && plans[Number.parseInt(question)]?.stream === 'toCaller';
	const isWhole = answered || kind === STAYS_OPEN;
	return {
		question,
		path,
		receivedAt,
		// As the fault server numbers them.
		replyId: requestIdOf(request).replace('req_', 'chatcmpl-'),
		kind,
		// An answer that did not go out as a whole is as good as none.
		verdict: isShown ? 'final' : verdict === 'answer' && !isWhole ? 'retry' : verdict,
	};
}

interface Surroundings {
	server: { baseUrl: string };
	key: string;
	watch: ProcessWatch;
	/** What to do when a request of an execution comes. */
	onRequest: Array<() => void>;
}

async function runExecution(
	plan: ExecutionPlan,
	index: number,
	{ server, key, watch, onRequest }: Surroundings,
) {
	const nodeId = `execution ${index}`;
	let stoppedAt: number | undefined;
	let endedAt = Infinity;
	const chunks: StructuredChunk[] = [];
	const result = await runChatGpt(server, {
		items: plan.items,
		...(plan.stream === 'toCaller' && { onChunk: (chunk: StructuredChunk) => void chunks.push(chunk) }),
		// One that does not end by itself is stopped, and found out by its status.
		timeoutMs: DEADLINE_MS,
		parameters: {
			messages: userMessage('={{ $json.question }}'),
			temperature: '={{ $json.temperature ?? 1 }}',
		},
		options: {
			maxConcurrentRequests: plan.concurrency,
			maxRetries: plan.maxRetries,
			maxWait: MAX_WAIT_S,
			timeout: plan.timeoutMs / 1000,
			simplify: plan.simplify,
			streamFromApi: plan.stream === 'fromApi',
			user: '={{ $json.broken ? $("no such node").item.json.user : $json.user }}',
		},
		node: {
			id: nodeId,
			onError: plan.onError,
			retryOnFail: plan.maxTries > 1,
			maxTries: plan.maxTries,
			waitBetweenTries: 1,
		},
		credential: { apiKey: key },
		onStart({ cancel }) {
			const { stop } = plan;
			if (!stop) return;
			let requests = 0;
			const press = () => {
				if (endedAt < Infinity) return;
				stoppedAt = performance.now();
				cancel();
			};
			const count = () => {
				if (requests++ === stop.afterRequests) setTimeout(press, stop.delayMs);
			};
			onRequest[index] = count;
			// Before the first request, too.
			count();
		},
	});
	endedAt = performance.now();
	const { run } = result;
	const execution: ExecutionRecord = {
		plan,
		tries: watch.triesOf(nodeId),
		stoppedAt,
		endedAt,
		status: run.status,
		error: errorOf(result),
		outputs: [result.output('ChatGPT', 0), result.output('ChatGPT', 1)],
		chunks,
	};
	return { run, execution };
}

function errorOf({ error }: RunResult): ExecutionRecord['error'] {
	if (!error) return undefined;
	const { itemIndex } = ('context' in error ? error.context : {}) as { itemIndex?: number };
	return { message: error.message, itemIndex };
}

const everythingIn = (values: unknown) =>
	inspect(values, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, showHidden: true });
