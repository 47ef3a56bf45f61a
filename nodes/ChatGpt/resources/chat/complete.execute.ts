import type { CallableTool } from '../../../../client';
import type { Memory } from '../../../../host/connected/memory';
import { replyItems, type Turn } from '../../../../host/output/itemOutput';
import { readTotalTimeout } from '../../../../host/parameters/callOptions';
import { readModelParameters } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { OptionReader } from '../../../../host/parameters/readField';
import { readRequestOptions } from '../../../../host/parameters/requestOptions';
import { readResponseFormat } from '../../../../host/parameters/responseFormat';
import { askModel } from '../../../../host/run/askModel';
import { askOnce } from '../../../../host/run/askOnce';
import type { ItemContext, ItemOutput, OperationHandler } from '../../../../host/run/operation';
import { assembleMessages, currentUserMessages } from './assembleMessages';
import { maxHistoryOption } from './complete.options';
import { readConversation } from './messages';
import { readMaxToolRounds, readTools, withTools } from './toolOptions';

/** Sends the messages of an item, in its turn of the conversation and with the tools connected for it. */
export const execute: OperationHandler = async (item) => {
	const { run, itemIndex, options, stopSignal } = item;
	const limits = {
		totalTimeoutMs: readTotalTimeout(options),
		stopSignal,
		abortSignal: run.abortSignal,
	};
	return await run.inTurn(itemIndex, limits, (connecting) =>
		run.useTools(itemIndex, stopSignal, (tools) => completeChat(item, connecting, tools)),
	);
};

/** @param connecting the memory for the item, which may still fail to be connected. */
async function completeChat(
	item: ItemContext,
	connecting: Promise<Memory | undefined>,
	tools: CallableTool[],
): Promise<ItemOutput> {
	const { options } = item;
	const shape = readOutputShape(options);
	const json = readResponseFormat(item);
	const conversation = await readConversation(item);
	const given = {
		...readModelParameters(item),
		...readTools(options),
		...readRequestOptions(options, json),
	};
	const parameters = withTools(given, tools, options);
	const maxToolRounds = readMaxToolRounds(options);
	const maxHistory = new OptionReader(options, [maxHistoryOption]).number('maxHistory', { whole: true });

	const ask = async (): Promise<Turn> => {
		const memory = await connecting;
		const stored = (await memory?.load()) ?? [];
		const messages = assembleMessages(conversation, stored, maxHistory);
		const request = { ...parameters, messages };
		const result = await askModel(item, { request, json, tools, maxToolRounds });
		await memory?.save(currentUserMessages(conversation), result);
		return { messages, result };
	};
	// What a memory holds is another on the next try, when it has this turn.
	const turn = await askOnce(item, { ...parameters, ...conversation, maxHistory }, ask);
	item.run.totals.addReply(turn.result);
	return { items: replyItems(item, turn, shape) };
}
