import type { IExecuteFunctions } from 'n8n-workflow';
import { InputProblem } from './inputProblem';
import { API_DEFAULT_TEMPERATURE } from './modelFields';
import { checkName, checkNumber, type NumberRule } from './parameterChecks';

export interface ModelParameters {
	model: string;
	temperature?: number;
	max_tokens?: number;
}

/**
 * Reads the fields of `modelFields.ts`, in the API's names. What the user did not set is not in them.
 *
 * @param modelField the name of the field that chooses the model.
 * @throws {InputProblem} naming the field to correct.
 */
export function readModelParameters(
	context: IExecuteFunctions,
	itemIndex: number,
	modelField?: string,
): ModelParameters {
	const number = (name: string, label: string, fallback: number, rule: NumberRule) =>
		checkNumber(label, context.getNodeParameter(name, itemIndex, fallback), rule);
	const model = readModel(context, itemIndex, modelField);
	const temperature = number('temperature', 'Temperature', API_DEFAULT_TEMPERATURE, { min: 0, max: 2 });
	const maxTokens = number('maxTokens', 'Maximum Tokens', 0, { min: 0, whole: true });
	return {
		model,
		...(temperature !== API_DEFAULT_TEMPERATURE && { temperature }),
		...(maxTokens > 0 && { max_tokens: maxTokens }),
	};
}

/** @throws {InputProblem} when no model is chosen, or it cannot be the name of one. */
export function readModel(context: IExecuteFunctions, itemIndex: number, field = 'model'): string {
	const chosen = context.getNodeParameter(field, itemIndex, '', { extractValue: true });
	const model = checkName('Model', chosen ?? '');
	if (model) return model;
	throw new InputProblem('Model', 'No model is chosen', 'Choose a model from the list, or enter its ID');
}
