import type { IDataObject } from 'n8n-workflow';
import { choicesByPrompt } from '../../../../client/endpoints/completions/response';
import { askModel } from '../../../../host/run/askModel';
import { replyItems } from '../../../../host/output/itemOutput';
import type { NodeRun } from '../../../../host/run/nodeRun';
import type { Answered } from '../../operations';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { readModelParameters } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { checkBoolean, checkNumber, checkText, withoutEmpty } from '../../../../host/parameters/parameterChecks';
import { readRequestOptions } from '../../../../host/parameters/requestOptions';
import { readPrompts } from './prompts';

/**
 * Answers one item: with one item for each of its prompts.
 *
 * @throws {InputProblem} naming the parameter to correct; what the client throws.
 */
export async function answer(
	run: NodeRun,
	itemIndex: number,
	stopSignal: AbortSignal,
): Promise<Answered> {
	const { context, paid } = run;
	const options = withoutEmpty(context.getNodeParameter('options', itemIndex, {}));
	const shape = readOutputShape(options);
	const prompt = readPrompts(context, itemIndex);
	const parameters = {
		...readModelParameters(context, itemIndex, 'completionModel'),
		...completionOptions(options),
	};
	const request = { ...parameters, prompt };

	const paidFor = paid?.of(itemIndex, request);
	const turn = paidFor?.recall() ?? {
		messages: [],
		result: await askModel(run, { request }, itemIndex, options, stopSignal),
	};
	paidFor?.keep(turn);
	run.totals.addReply(turn.result);
	const prompts = Array.isArray(prompt) ? prompt : [];
	const parts = choicesByPrompt(turn.result.choices, prompts.length || 1).map((choices, index) => ({
		choices,
		...(prompts[index] !== undefined && { more: { prompt: prompts[index] } }),
	}));
	return { items: replyItems(turn, context.getInputData()[itemIndex]!, itemIndex, shape, parts) };
}

/** The API parameters that the options collection holds. What a chat has, too, is read as for a chat. */
function completionOptions(options: IDataObject): Record<string, unknown> {
	const { bestOf, echo, logprobsCount, suffix } = options;
	const shared = readRequestOptions(options);
	const bestOfCount =
		bestOf === undefined ? undefined : checkNumber('Best Of', bestOf, { min: 1, max: 20, whole: true });
	if (bestOfCount !== undefined && bestOfCount < Number(shared.n ?? 1)) {
		throw new InputProblem(
			'Best Of',
			`Best Of is ${bestOfCount}, but Number of Choices asks for ${Number(shared.n)} of them`,
			'Raise Best Of to at least Number of Choices',
		);
	}
	return {
		...(bestOfCount !== undefined && { best_of: bestOfCount }),
		...(echo !== undefined && { echo: checkBoolean('Echo', echo) }),
		...(logprobsCount !== undefined && {
			logprobs: checkNumber('Log Probabilities', logprobsCount, { min: 0, max: 5, whole: true }),
		}),
		...(suffix !== undefined && { suffix: checkText('Suffix', suffix) }),
		...shared,
	};
}
