import { InputProblem } from './inputProblem';
import type { ItemParameters } from './itemParameters';
import { API_DEFAULT_TEMPERATURE, maxTokensField, temperatureField } from './modelFields';
import { checkName } from './parameterChecks';
import { FieldReader } from './readField';

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
export function readModelParameters(item: ItemParameters, modelField?: string): ModelParameters {
	const field = new FieldReader(item, [temperatureField, maxTokensField]);
	const model = readModelId(item, modelField);
	const temperature = field.number('temperature');
	const maxTokens = field.number('maxTokens', { whole: true });
	return {
		model,
		...(temperature !== API_DEFAULT_TEMPERATURE && { temperature }),
		...(maxTokens > 0 && { max_tokens: maxTokens }),
	};
}

/** @throws {InputProblem} when no model is chosen, or it cannot be the name of one. */
export function readModelId({ context, itemIndex }: ItemParameters, field = 'model'): string {
	const chosen = context.getNodeParameter(field, itemIndex, '', { extractValue: true });
	const model = checkName('Model', chosen ?? '');
	if (model) return model;
	throw new InputProblem('Model', 'No model is chosen', 'Choose a model from the list, or enter its ID');
}
