import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Client } from '../../client/client';
import { ApiFailure } from '../../client/core/errors';
import type { watchDisconnect } from '../caller/clientDisconnect';
import { isStreamingToCaller, tellCaller } from '../caller/callerStream';
import { connect } from '../connect';
import { connectedTools } from '../connected/connectedTools';
import { conversationTurns } from '../connected/conversationTurns';
import { errorItem, nodeError } from './itemErrors';
import type { NodeRun } from './nodeRun';
import { isFatal, isSameFailure, SkippedError } from './skippedError';
import { OPERATIONS, type Answered, type OperationHandler } from '../../nodes/ChatGpt/operations';
import { paidReplies } from './retryCheckpoint';
import { reportProgress } from './progress';
import { runItems } from './runItems';
import { RunTotals } from './runTotals';
import { readConcurrency, readConnectTimeout } from '../parameters/callOptions';
import { InputProblem } from '../parameters/inputProblem';
import { withoutEmpty } from '../parameters/parameterChecks';

/**
 * Runs the node: every input item is answered, or becomes an error.
 *
 * @param watch watches a caller who reads along; from the file that n8n loads when it starts.
 */
export async function execute(
	this: IExecuteFunctions,
	watch: typeof watchDisconnect,
): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	// What is the same for all items.
	let answer: OperationHandler;
	let concurrency: number;
	let client: Client;
	try {
		answer = chosenOperation(this);
		const shared = withoutEmpty({
			maxConcurrentRequests: this.getNodeParameter('options.maxConcurrentRequests', 0, null),
			connectTimeout: this.getNodeParameter('options.connectTimeout', 0, null),
		});
		concurrency = readConcurrency(shared);
		client = await connect(this, readConnectTimeout(shared));
	} catch (error) {
		// Thrown, n8n would pass the input items on as if they had been answered.
		if (this.continueOnFail()) return [items.map((_, itemIndex) => errorItem(error, itemIndex))];
		throw nodeError(this.getNode(), error);
	}
	const cancel = this.getExecutionCancelSignal();
	const totals = new RunTotals();
	const paid = paidReplies(this);
	const readsAlong = isStreamingToCaller(this);
	const caller = readsAlong ? watch() : undefined;
	let dead: { failure: ApiFailure; itemIndex: number } | undefined;
	const run: NodeRun = {
		context: this,
		client,
		cancel,
		totals,
		paid,
		inTurn: conversationTurns(this),
		useTools: connectedTools(this),
		isStreamingToCaller: readsAlong,
		disconnected: caller?.disconnected,
		calls: { waiting: 0 },
		throwIfRunFailed() {
			if (dead) throw new SkippedError(dead.failure, dead.itemIndex);
		},
	};
	const endProgress = reportProgress(this, items.length, totals, run.calls);
	const told: Array<Promise<void>> = [];

	const answered = await runItems<Answered>({
		count: items.length,
		concurrency,
		cancel,
		run: async (itemIndex, stopSignal) => {
			run.throwIfRunFailed();
			return await answer(run, itemIndex, stopSignal);
		},
		onError: (error, itemIndex) => {
			// An item that waited for the same request of another was not sent itself.
			if (dead && error instanceof ApiFailure && isSameFailure(error, dead.failure)) {
				const { attempts, details } = error;
				error = new SkippedError(dead.failure, dead.itemIndex, { attempts, details });
			}
			totals.addFailure(error);
			// The same key would be refused for every other item, too.
			if (isFatal(error)) dead ??= { failure: error, itemIndex };
			if (!this.continueOnFail()) throw nodeError(this.getNode(), error, itemIndex, readsAlong);
			const item = errorItem(error, itemIndex);
			if (readsAlong && this.getNodeParameter('options.streamResponse', itemIndex, true) !== false)
				told.push(tellCaller(this, itemIndex, item.json.error as string));
			return { items: [item] };
		},
	}).finally(() => {
		endProgress();
		caller?.release();
	});
	await Promise.all(told);

	const outputs: INodeExecutionData[][] = this.getNodeOutputs().map(() => []);
	for (const { items, outputs: places = [] } of answered) {
		for (const [nth, item] of items.entries()) (outputs[places[nth] ?? 0] ??= []).push(item);
	}
	// n8n tries again after an error that is thrown, or if the first item has one, which may be a field of the input, and
	// empty (n8n-core 2.41.1, `workflow-execute.ts`).
	if (outputs[0]?.[0]?.json.error === undefined) paid?.forget();
	this.setMetadata({ tokenUsage: { inputTokens: totals.inputTokens, outputTokens: totals.outputTokens } });
	const hint = totals.hint();
	if (hint) this.addExecutionHints(hint);
	return outputs;
}

function chosenOperation(context: IExecuteFunctions): OperationHandler {
	const resource = context.getNodeParameter('resource', 0);
	const operation = context.getNodeParameter('operation', 0);
	const answer = OPERATIONS[resource]?.[operation];
	if (answer) return answer;
	// n8n adds "Custom API Call" to the list of every node's operations and means the HTTP Request node by it.
	const name = operation === '__CUSTOM_API_CALL__' ? 'Custom API Call' : `"${resource}: ${operation}"`;
	throw new InputProblem(
		'Operation',
		`${name} is not an operation of this node`,
		'For calls this node does not offer, use the HTTP Request node with Authentication set to Predefined Credential Type and the credential ChatGPT API',
	);
}
