import type { IDataObject } from 'n8n-workflow';
import type { CallableTool } from '../../../../client/tools';
import { askModel } from '../../askModel';
import { replyItems } from '../../itemOutput';
import type { Memory, Turn } from '../../memory';
import type { NodeRun } from '../../nodeRun';
import type { Answered } from '../../operations';
import { readModelParameters } from '../../shared/modelParameters';
import { readOutputShape } from '../../shared/outputOptions';
import { readRequestOptions } from '../../shared/requestOptions';
import { readResponseFormat } from '../../shared/responseFormat';
import { checkNumber, withoutEmpty } from '../../shared/parameterChecks';
import { arrange } from './arrange';
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
	noMoreAttempts: AbortSignal,
): Promise<Answered> {
	return await run.inTurn(itemIndex, (memory) =>
		run.useTools(itemIndex, (tools) => answerWith(memory, tools, run, itemIndex, noMoreAttempts)),
	);
}

async function answerWith(
	memory: Memory,
	tools: CallableTool[],
	run: NodeRun,
	itemIndex: number,
	noMoreAttempts: AbortSignal,
): Promise<Answered> {
	const { context, paid } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
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
		const asked = { ...parameters, messages: arrange(conversation, await memory.load(), most) };
		const question = { request: asked, json, tools, maxToolRounds };
		const result = await askModel(run, question, itemIndex, options, noMoreAttempts);
		const turn = { messages: asked.messages, result };
		await memory.save(turn);
		return turn;
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
