import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { ChatRequest } from '../../../../client/chatRequest';
import type { CallableTool } from '../../../../client/tools';
import { askModel } from '../../askModel';
import { replyItem } from '../../itemOutput';
import type { NodeRun } from '../../nodeRun';
import { InputProblem } from '../../shared/inputProblem';
import { readOutputShape } from '../../shared/outputOptions';
import { readResponseFormat, type JsonReplies } from '../../shared/responseFormat';
import { checkNumber, checkText, withoutEmpty, type NumberRule } from '../../shared/parameterChecks';
import { arrange } from './arrange';
import { API_DEFAULT_TEMPERATURE } from './complete.operation';
import { readConversation } from './messages';
import { requestOptions } from './requestOptions';
import { readMaxToolRounds, withTools } from './toolOptions';

/**
 * Answers one item.
 *
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function answer(
	run: NodeRun,
	itemIndex: number,
	noMoreAttempts: AbortSignal,
): Promise<INodeExecutionData> {
	return await run.useTools(itemIndex, (tools) => answerWith(tools, run, itemIndex, noMoreAttempts));
}

async function answerWith(
	tools: CallableTool[],
	run: NodeRun,
	itemIndex: number,
	noMoreAttempts: AbortSignal,
): Promise<INodeExecutionData> {
	const { context, paid } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
	const shape = readOutputShape(options);
	const json = readResponseFormat(context, itemIndex, options);
	const conversation = await readConversation(context, itemIndex);
	const parameters = withTools(readParameters(context, itemIndex, options, json), tools, options);
	const maxToolRounds = readMaxToolRounds(options);
	const most = readMaxHistory(options);
	const request = { ...parameters, messages: arrange(conversation, [], most) };

	const paidFor = paid?.of(itemIndex, request);
	const turn =
		paidFor?.recall() ??
		(await run.remember(itemIndex, async (stored) => {
			const asked = { ...parameters, messages: arrange(conversation, stored, most) };
			const question = { request: asked, json, tools, maxToolRounds };
			const result = await askModel(run, question, itemIndex, options, noMoreAttempts);
			return { messages: asked.messages, result };
		}));
	paidFor?.keep(turn);
	run.totals.addReply(turn.result);
	return replyItem(turn, context.getInputData()[itemIndex]!, itemIndex, shape);
}

function readMaxHistory({ maxHistory }: IDataObject): number | undefined {
	if (maxHistory === undefined) return undefined;
	return checkNumber('Max History', maxHistory, { min: 0, max: 10_000, whole: true });
}

/** What is sent besides the messages: only what the user set. */
function readParameters(
	context: IExecuteFunctions,
	itemIndex: number,
	options: IDataObject,
	json: JsonReplies | undefined,
): Omit<ChatRequest, 'messages'> & { model: string } {
	const model = context.getNodeParameter('model', itemIndex, '', { extractValue: true });
	const modelId = checkText('Model', model ?? '').trim();
	if (!modelId) {
		throw new InputProblem('Model', 'No model is chosen', 'Choose a model from the list, or enter its ID');
	}
	const number = (name: string, label: string, fallback: number, rule: NumberRule) =>
		checkNumber(label, context.getNodeParameter(name, itemIndex, fallback), rule);
	const temperature = number('temperature', 'Temperature', API_DEFAULT_TEMPERATURE, { min: 0, max: 2 });
	const maxTokens = number('maxTokens', 'Maximum Tokens', 0, { min: 0, whole: true });
	return {
		model: modelId,
		...(temperature !== API_DEFAULT_TEMPERATURE && { temperature }),
		...(maxTokens > 0 && { max_tokens: maxTokens }),
		...requestOptions(options, json),
	};
}
