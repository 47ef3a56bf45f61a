import { choicesByPrompt } from '../../../../client';
import { replyItems } from '../../../../host/output/itemOutput';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { readModelParameters } from '../../../../host/parameters/modelParameters';
import { readOutputShape } from '../../../../host/parameters/outputOptions';
import { checkText } from '../../../../host/parameters/parameterChecks';
import { OptionReader } from '../../../../host/parameters/readField';
import { readRequestOptions } from '../../../../host/parameters/requestOptions';
import { askModel } from '../../../../host/run/askModel';
import { askOnce } from '../../../../host/run/askOnce';
import type { ItemContext, OperationHandler } from '../../../../host/run/operation';
import { ownOptions } from './complete.options';
import { readPrompts } from './prompts';

/** Has a model continue the prompts of an item: an item for each prompt. */
export const execute: OperationHandler = async (item) => {
	const shape = readOutputShape(item.options);
	const prompt = readPrompts(item);
	const request = {
		...readModelParameters(item, 'completionModel'),
		...readCompletionOptions(item),
		prompt,
	};
	const turn = await askOnce(item, request, async () => ({
		messages: [],
		result: await askModel(item, { request }),
	}));
	item.run.totals.addReply(turn.result);
	const prompts = Array.isArray(prompt) ? prompt : [];
	const parts = choicesByPrompt(turn.result.choices, prompts.length || 1).map((choices, index) => ({
		choices,
		...(prompts[index] !== undefined && { more: { prompt: prompts[index] } }),
	}));
	return { items: replyItems(item, turn, shape, parts) };
};

/** The API parameters that the options collection holds. What a chat has, too, is read as for a chat. */
function readCompletionOptions({ options }: ItemContext): Record<string, unknown> {
	const own = new OptionReader(options, ownOptions);
	const shared = readRequestOptions(options);
	const bestOf = own.number('bestOf', { whole: true });
	if (bestOf !== undefined && bestOf < Number(shared.n ?? 1)) {
		throw new InputProblem(
			'Best Of',
			`Best Of is ${bestOf}, but Number of Choices asks for ${Number(shared.n)} of them`,
			'Raise Best Of to at least Number of Choices',
		);
	}
	const echo = own.boolean('echo');
	const logprobs = own.number('logprobsCount', { whole: true });
	const { suffix } = options;
	return {
		...(bestOf !== undefined && { best_of: bestOf }),
		...(echo !== undefined && { echo }),
		...(logprobs !== undefined && { logprobs }),
		// Not trimmed: white space belongs to it.
		...(suffix !== undefined && { suffix: checkText('Suffix', suffix) }),
		...shared,
	};
}
