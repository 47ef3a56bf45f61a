import type { IDataObject } from 'n8n-workflow';
import type { CallableTool } from '../../../../client/tools/tools';
import { askModel } from '../../../../host/run/askModel';
import { replyItems, type Turn } from '../../../../host/output/itemOutput';
import type { Memory } from '../../../../host/connected/memory';
import type { NodeRun } from '../../../../host/run/nodeRun';
import type { Answered } from '../../operations';
import { readTotalTimeout } from '../../../../host/parameters/callOptions';
import { readModelParameters } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { readRequestOptions } from '../../../../host/parameters/requestOptions';
import { readResponseFormat } from '../../../../host/parameters/responseFormat';
import { checkNumber, withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { arrange, currentUserMessages } from './assembleMessages';
import { readConversation } from './messages';
import { readMaxToolRounds, readTools, withTools } from './toolOptions';

/**
 * Answers one item.
 *
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function answer(
	run: NodeRun,
	itemIndex: number,
	stopSignal: AbortSignal,
): Promise<Answered> {
	const options = withoutEmpty(run.context.getNodeParameter('options', itemIndex, {}));
	const limits = {
		totalTimeoutMs: readTotalTimeout(options),
		ends: stopSignal,
		cancel: run.cancel,
	};
	return await run.inTurn(itemIndex, limits, (memory) =>
		run.useTools(itemIndex, stopSignal, (tools) =>
			answerWith(memory, tools, run, itemIndex, options, stopSignal),
		),
	);
}

async function answerWith(
	connecting: Promise<Memory | undefined>,
	tools: CallableTool[],
	run: NodeRun,
	itemIndex: number,
	options: IDataObject,
	stopSignal: AbortSignal,
): Promise<Answered> {
	const { context, paid } = run;
	const shape = readOutputShape(options);
	const json = readResponseFormat(context, itemIndex, options);
	const conversation = await readConversation(context, itemIndex);
	const given = {
		...readModelParameters(context, itemIndex),
		...readTools(options),
		...readRequestOptions(options, json),
	};
	const parameters = withTools(given, tools, options);
	const maxToolRounds = readMaxToolRounds(options);
	const most = readMaxHistory(options);
	const request = { ...parameters, messages: arrange(conversation, [], most) };

	const paidFor = paid?.of(itemIndex, request);
	const ask = async (): Promise<Turn> => {
		const memory = await connecting;
		const stored = (await memory?.load()) ?? [];
		const asked = { ...parameters, messages: arrange(conversation, stored, most) };
		const question = { request: asked, json, tools, maxToolRounds };
		const result = await askModel(run, question, itemIndex, options, stopSignal);
		await memory?.save(currentUserMessages(conversation), result);
		return { messages: asked.messages, result };
	};
	const turn = paidFor?.recall() ?? (await ask());
	paidFor?.keep(turn);
	run.totals.addReply(turn.result);
	return { items: replyItems(turn, context.getInputData()[itemIndex]!, itemIndex, shape) };
}

function readMaxHistory({ maxHistory }: IDataObject): number | undefined {
	if (maxHistory === undefined) return undefined;
	return checkNumber('Max History', maxHistory, { min: 0, max: 10_000, whole: true });
}
