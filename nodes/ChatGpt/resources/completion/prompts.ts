import { parseJson } from '../../../../client';
import { InputProblem, shown } from '../../../../host/parameters/inputProblem';
import type { ItemParameters } from '../../../../host/parameters/itemParameters';
import { FieldReader } from '../../../../host/parameters/readField';
import { toPromptText } from '../../../../host/parameters/toPromptText';
import { description } from './complete.operation';

const LIST = 'Prompts (JSON)';

/**
 * Reads the fields that say what to continue.
 *
 * @returns a list when the user gave one, be it of one prompt.
 * @throws {InputProblem} naming the prompt to correct.
 */
export function readPrompts(item: ItemParameters): string | string[] {
	const { parameter } = item;
	const source = new FieldReader(item, description).choice<'field' | 'json'>('promptsSource');
	if (source === 'field') return readPrompt('Prompt', parameter('prompt', ''));
	const given = parameter('promptsJson', []);
	const list = typeof given === 'string' ? parseJson(given) : given;
	if (!Array.isArray(list)) {
		throw new InputProblem(
			LIST,
			`${LIST} must be a list of texts, but is ${shown(given)}`,
			'Write it like ["Roses are", "Violets are"], or give the field that holds the list, such as {{ $json.prompts }}',
		);
	}
	if (list.length === 0) {
		throw new InputProblem(
			LIST,
			`${LIST} is empty`,
			'Check that the field or expression gives texts for this item',
		);
	}
	return list.map((prompt, index) => readPrompt(`${LIST}, prompt ${index + 1}`, prompt));
}

function readPrompt(label: string, value: unknown): string {
	const text = toPromptText(value);
	if (text.trim()) return text;
	throw new InputProblem(
		label,
		`${label} is empty`,
		'Write a text, or check that the expression in it gives one for this item',
	);
}
