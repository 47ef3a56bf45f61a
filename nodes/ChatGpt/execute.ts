import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { CallOptions, Client } from '../../client/client';
import type { Run } from '../../client/pacing';
import { connect } from './connect';
import { errorItem, nodeError } from './itemErrors';
import { failsForAll, NotSent } from './notSent';
import { replyItem } from './itemOutput';
import { paidReplies } from './paidReplies';
import { reportProgress } from './progress';
import { askOrRecall } from './replyCache';
import { complete } from './resources/chat';
import { runItems } from './runItems';
import { RunTotals } from './runTotals';
import { readCacheTime, readCallLimits, readConcurrency, readConnectTimeout } from './shared/callOptions';
import { InputProblem } from './shared/inputProblem';
import { readOutputShape } from './shared/outputOptions';
import { withoutEmpty } from './shared/parameterChecks';

/** Runs the node: one request and one output item per input item. */
export async function execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
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
	const callsOfRun: Run = { waiting: 0 };
	const endProgress = reportProgress(this, items.length, totals, callsOfRun);
	let dead: NotSent | undefined;

	const output = await runItems({
		count: items.length,
		concurrency,
		cancel,
		run: async (itemIndex, noMoreAttempts) => {
			if (dead) throw dead;
			const options = withoutEmpty(this.getNodeParameter('options', itemIndex, {}));
			const shape = readOutputShape(options);
			const request = complete.buildRequest(this, itemIndex, options);
			const callOptions: CallOptions = {
				...readCallLimits(options),
				run: callsOfRun,
				// When another item ends the run, what is under way may finish only if somebody keeps the reply.
				signal: paid ? cancel : noMoreAttempts,
				noMoreAttempts,
			};
			const result =
				paid?.recall(itemIndex, request) ??
				(await askOrRecall(client, request, readCacheTime(options), callOptions));
			paid?.keep(itemIndex, request, result);
			totals.addReply(result);
			return replyItem(result, items[itemIndex]!, itemIndex, shape);
		},
		onError: (error, itemIndex) => {
			// An item that waited for the same request of another was not sent itself.
			if (dead?.failure === error) error = dead;
			totals.addFailure(error);
			// The same key would be refused for every other item, too.
			if (failsForAll(error)) dead ??= new NotSent(error, itemIndex);
			if (this.continueOnFail()) return errorItem(error, itemIndex);
			throw nodeError(this.getNode(), error, itemIndex);
		},
	}).finally(endProgress);

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
