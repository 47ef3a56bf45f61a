import { setMaxListeners } from 'node:events';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { CallLog, isFatal, type Client } from '../../client';
import { isStreamingToCaller, tellCaller } from '../caller/callerStream';
import type { watchDisconnect } from '../caller/clientDisconnect';
import { ClientDisconnectedError } from '../caller/clientDisconnectedError';
import { connect } from '../connect';
import { failureText } from '../failureTexts';
import { connectedTools } from '../connected/connectedTools';
import { conversationTurns } from '../connected/conversationTurns';
import { readConcurrency, readConnectTimeout } from '../parameters/callOptions';
import { InputProblem } from '../parameters/inputProblem';
import { itemParameters } from '../parameters/itemParameters';
import { withoutEmpty } from '../parameters/parameterChecks';
import { errorItem, nodeError } from './itemErrors';
import type { NodeRun } from './nodeRun';
import type { ItemOutput, OperationHandler, OperationTable } from './operation';
import { reportProgress } from './progress';
import { retryCheckpoint } from './retryCheckpoint';
import { runItems } from './runItems';
import { RunTotals } from './runTotals';
import { SkippedError } from './skippedError';

/**
 * Runs a node: every input item is answered, or becomes an error.
 *
 * @param operations what the node can do.
 * @param watch watches a caller who reads along; from the file that n8n loads when it starts.
 */
export async function execute(
	context: IExecuteFunctions,
	operations: OperationTable,
	watch: typeof watchDisconnect,
): Promise<INodeExecutionData[][]> {
	const count = context.getInputData().length;
	let prepared: PreparedRun;
	try {
		prepared = await prepareRun(context, operations);
	} catch (error) {
		// Thrown, n8n would pass the input items on as if they had been answered.
		if (context.continueOnFail())
			return [numbers(count).map((itemIndex) => errorItem(error, itemIndex, new CallLog()))];
		throw nodeError(context.getNode(), error, { log: new CallLog() });
	}
	const { concurrency } = prepared;
	const disconnect = new AbortController();
	// Every item listens, and Node takes more than ten listeners for a leak.
	setMaxListeners(0, disconnect.signal);
	const items = new ItemsOfRun(context, prepared, disconnect.signal);
	const { run } = items;
	const stopWatching = run.isStreamingToCaller
		? watch(() => disconnect.abort(new ClientDisconnectedError()))
		: undefined;
	const endProgress = reportProgress(context, count, run.totals, run.paced);
	try {
		const answered = await runItems<ItemOutput>({
			count,
			concurrency,
			abortSignal: run.abortSignal,
			run: (itemIndex, stopSignal) => items.answer(itemIndex, stopSignal),
			onError: (error, itemIndex) => items.fail(error, itemIndex),
		});
		await items.callerTold();
		return finishRun(run, answered);
	} finally {
		endProgress();
		stopWatching?.();
	}
}

/** What is the same for all items. */
interface PreparedRun {
	handler: OperationHandler;
	client: Client;
	concurrency: number;
}

async function prepareRun(context: IExecuteFunctions, operations: OperationTable): Promise<PreparedRun> {
	const handler = chosenOperation(context, operations);
	const shared = withoutEmpty({
		maxConcurrentRequests: context.getNodeParameter('options.maxConcurrentRequests', 0, null),
		connectTimeout: context.getNodeParameter('options.connectTimeout', 0, null),
	});
	const concurrency = readConcurrency(shared);
	return { handler, concurrency, client: await connect(context, readConnectTimeout(shared)) };
}

function chosenOperation(context: IExecuteFunctions, operations: OperationTable): OperationHandler {
	const resource = context.getNodeParameter('resource', 0);
	const operation = context.getNodeParameter('operation', 0);
	const handler = operations[resource]?.[operation];
	if (handler) return handler;
	// n8n adds "Custom API Call" to the list of every node's operations and means the HTTP Request node by it.
	const name = operation === '__CUSTOM_API_CALL__' ? 'Custom API Call' : `"${resource}: ${operation}"`;
	throw new InputProblem(
		'Operation',
		`${name} is not an operation of this node`,
		'For calls this node does not offer, use the HTTP Request node with Authentication set to Predefined Credential Type and the credential ChatGPT API',
	);
}

/** The items of one run: each is answered or fails, and the first failure that all share ends the sending. */
class ItemsOfRun {
	readonly run: NodeRun;
	private readonly handler: OperationHandler;
	private readonly logs = new Map<number, CallLog>();
	private readonly tellings: Array<Promise<void>> = [];
	/** Why no other item is sent any more. */
	private skipped?: SkippedError;

	constructor(
		private readonly context: IExecuteFunctions,
		{ handler, client }: PreparedRun,
		disconnectSignal: AbortSignal,
	) {
		this.handler = handler;
		this.run = {
			context,
			client,
			abortSignal: context.getExecutionCancelSignal(),
			totals: new RunTotals(),
			checkpoint: retryCheckpoint(context),
			inTurn: conversationTurns(context),
			useTools: connectedTools(context),
			isStreamingToCaller: isStreamingToCaller(context),
			disconnectSignal,
			paced: { waiting: 0 },
			throwIfRunFailed: () => {
				if (this.skipped) throw this.skipped;
			},
		};
	}

	async answer(itemIndex: number, stopSignal: AbortSignal): Promise<ItemOutput> {
		this.run.throwIfRunFailed();
		const log = new CallLog();
		this.logs.set(itemIndex, log);
		const item = itemParameters(this.context, itemIndex);
		const output = await this.handler({ ...item, run: this.run, log, stopSignal });
		this.logs.delete(itemIndex);
		return output;
	}

	/** Makes an item of an error, or throws the error that ends the run. */
	fail(given: unknown, itemIndex: number): ItemOutput {
		const { context, skipped } = this;
		const { totals, isStreamingToCaller: isTold } = this.run;
		const log = this.logs.get(itemIndex) ?? new CallLog();
		this.logs.delete(itemIndex);
		// An item that waited for the same request of another was not sent itself.
		const error = skipped && given === skipped.failure ? skipped : given;
		totals.addFailure(log);
		// The same key would be rejected for every other item, too.
		if (isFatal(error)) this.skipped ??= new SkippedError(error, itemIndex, failureText(error, log));
		if (!context.continueOnFail()) {
			throw nodeError(context.getNode(), error, { itemIndex, log, isToldCaller: isTold });
		}
		const item = errorItem(error, itemIndex, log);
		if (isTold && context.getNodeParameter('options.streamResponse', itemIndex, true) !== false) {
			this.tellings.push(tellCaller(context, itemIndex, item.json.error as string));
		}
		return { items: [item] };
	}

	/** Resolves when the caller was told of all items that failed. */
	async callerTold(): Promise<void> {
		await Promise.all(this.tellings);
	}
}

/** Leads the items to their outputs, and says what the run came to. */
function finishRun({ context, totals, checkpoint }: NodeRun, answered: ItemOutput[]): INodeExecutionData[][] {
	const outputs: INodeExecutionData[][] = context.getNodeOutputs().map(() => []);
	for (const { items, outputs: places = [] } of answered) {
		for (const [nth, item] of items.entries()) (outputs[places[nth] ?? 0] ??= []).push(item);
	}
	// n8n tries again after an error that is thrown, or if the first item has one, which may be a field of the input, and
	// empty (n8n-core 2.41.1, `workflow-execute.ts`).
	if (outputs[0]?.[0]?.json.error === undefined) checkpoint?.clear();
	context.setMetadata({
		tokenUsage: { inputTokens: totals.inputTokens, outputTokens: totals.outputTokens },
	});
	const hint = totals.hint();
	if (hint) context.addExecutionHints(hint);
	return outputs;
}

function numbers(count: number): number[] {
	return Array.from({ length: count }, (_, number) => number);
}
