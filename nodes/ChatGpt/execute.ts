import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Client } from '../../client/client';
import { connect } from './connect';
import { errorItem, nodeError } from './itemErrors';
import { replyItem } from './itemOutput';
import { complete } from './resources/chat';
import { runItems } from './runItems';
import { RunTotals } from './runTotals';
import { readCallLimits, readConcurrency } from './shared/callOptions';
import { InputProblem } from './shared/inputProblem';
import { readOutputShape } from './shared/outputOptions';

/** Runs the node: one request and one output item per input item. */
export async function execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	// What is the same for all items.
	let concurrency: number;
	let client: Client;
	try {
		refuseCustomApiCall(this);
		concurrency = readConcurrency(this.getNodeParameter('options', 0, {}));
		client = await connect(this);
	} catch (error) {
		// Thrown, n8n would pass the input items on as if they had been answered.
		if (this.continueOnFail()) return [items.map((_, itemIndex) => errorItem(error, itemIndex))];
		throw nodeError(this.getNode(), error);
	}
	const cancel = this.getExecutionCancelSignal();
	const totals = new RunTotals();

	const output = await runItems({
		count: items.length,
		concurrency,
		cancel,
		run: async (itemIndex, noMoreAttempts) => {
			const options = this.getNodeParameter('options', itemIndex, {});
			const shape = readOutputShape(options);
			const request = complete.buildRequest(this, itemIndex, options);
			const result = await client.completeChat(request, {
				...readCallLimits(options),
				signal: cancel,
				noMoreAttempts,
			});
			totals.addReply(result);
			return replyItem(result, items[itemIndex]!, itemIndex, shape);
		},
		onError: (error, itemIndex) => {
			totals.addFailure(error);
			if (this.continueOnFail()) return errorItem(error, itemIndex);
			throw nodeError(this.getNode(), error, itemIndex);
		},
	});

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
