import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Client } from '../../client/client';
import type { watchCaller } from './callerHangUp';
import { callerReadsAlong, tellCaller } from './callerStream';
import { connect } from './connect';
import { connectedTools } from './connectedTools';
import { errorItem, nodeError } from './itemErrors';
import { connectedMemory } from './memory';
import type { NodeRun } from './nodeRun';
import { failsForAll, NotSent } from './notSent';
import { paidReplies } from './paidReplies';
import { reportProgress } from './progress';
import { answer } from './resources/chat/complete.answer';
import { runItems } from './runItems';
import { RunTotals } from './runTotals';
import { readConcurrency, readConnectTimeout } from './shared/callOptions';
import { InputProblem } from './shared/inputProblem';
import { withoutEmpty } from './shared/parameterChecks';

/**
 * Runs the node: one request and one output item per input item.
 *
 * @param watch watches a caller who reads along; from the file that n8n loads when it starts.
 */
export async function execute(
	this: IExecuteFunctions,
	watch: typeof watchCaller,
): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	// What is the same for all items.
	let concurrency: number;
	let client: Client;
	try {
		refuseCustomApiCall(this);
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
	const readsAlong = callerReadsAlong(this);
	const caller = readsAlong ? watch() : undefined;
	let dead: NotSent | undefined;
	const run: NodeRun = {
		context: this,
		client,
		cancel,
		totals,
		paid,
		remember: connectedMemory(this),
		useTools: connectedTools(this),
		callerReadsAlong: readsAlong,
		hungUp: caller?.hungUp,
		calls: { waiting: 0 },
		refuseIfDead(attempts) {
			if (dead) throw new NotSent(dead.failure, dead.itemIndex, attempts);
		},
	};
	const endProgress = reportProgress(this, items.length, totals, run.calls);
	const told: Array<Promise<void>> = [];

	const output = await runItems({
		count: items.length,
		concurrency,
		cancel,
		run: async (itemIndex, noMoreAttempts) => {
			run.refuseIfDead([]);
			return await answer(run, itemIndex, noMoreAttempts);
		},
		onError: (error, itemIndex) => {
			// An item that waited for the same request of another was not sent itself.
			if (dead?.failure === error) error = dead;
			totals.addFailure(error);
			// The same key would be refused for every other item, too.
			if (failsForAll(error)) dead ??= new NotSent(error, itemIndex);
			if (!this.continueOnFail()) throw nodeError(this.getNode(), error, itemIndex, readsAlong);
			const item = errorItem(error, itemIndex);
			if (readsAlong && this.getNodeParameter('options.streamResponse', itemIndex, true) !== false)
				told.push(tellCaller(this, itemIndex, item.json.error as string));
			return item;
		},
	}).finally(() => {
		endProgress();
		caller?.release();
	});
	await Promise.all(told);

	// n8n tries again after an error that is thrown, or one in the first item.
	if (!output[0]?.json.error) paid?.forget();
	this.setMetadata({ tokenUsage: { inputTokens: totals.inputTokens, outputTokens: totals.outputTokens } });
	const hint = totals.hint();
	if (hint) this.addExecutionHints(hint);
	return [output];
}

/** n8n adds "Custom API Call" to the list of every node's operations and means the HTTP Request node by it. */
function refuseCustomApiCall(context: IExecuteFunctions): void {
	const chosen = [context.getNodeParameter('resource', 0), context.getNodeParameter('operation', 0)];
	if (chosen.every((value) => value !== '__CUSTOM_API_CALL__')) return;
	throw new InputProblem(
		'Operation',
		'Custom API Call is not an operation of this node',
		'For calls this node does not offer, use the HTTP Request node with Authentication set to Predefined Credential Type and the credential ChatGPT API',
	);
}
