import { deepCopy } from 'n8n-workflow';
import { strictObject, strictProblems, type JsonSchema } from '../../../../client';
import { isTool } from '../../../../host/parameters/isTool';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { FieldReader } from '../../../../host/parameters/readField';
import { rememberLast } from '../../../../host/parameters/rememberLast';
import type { ItemContext, OperationHandler } from '../../../../host/run/operation';
import { readCategories, type Category } from './categories';
import { description } from './classify.operation';
import { normalizeLabels } from './labels';
import { runTextTask, type TextTask } from './textTask';

/** What the model is to choose from, and how. */
interface CategoryChoice {
	categories: Category[];
	several: boolean;
	orNone: boolean;
	withConfidence: boolean;
}

/** Sorts the text of one item into categories. */
export const execute: OperationHandler = async (item) => {
	const choice = readCategoryChoice(item);
	const { json, itemOf } = await runTextTask(item, () => rememberedTask(choice));
	const { category, categories, confidence } = json;
	const chosen = [categories ?? category ?? []].flat() as string[];
	const outputs = hasOutputs(item) ? outputsOf(chosen, choice.categories) : [0];
	const fields = {
		...(choice.several ? { categories } : { category }),
		...(choice.withConfidence && { confidence }),
	};
	return {
		// What a node changes in one branch must not show in another.
		items: outputs.map((_, nth) => (nth === 0 ? itemOf(fields) : deepCopy(itemOf(fields, nth)))),
		outputs,
	};
};

/** A node that runs as a tool has none but the one to its agent. */
function hasOutputs({ context, parameter }: ItemContext): boolean {
	return (
		parameter('outputPerCategory', false) === true &&
		parameter('categoriesSource', 'fields') === 'fields' &&
		!isTool(context)
	);
}

/** In the order of the categories; the last one is for none of them. */
function outputsOf(chosen: string[], categories: Category[]): number[] {
	const outputs = categories.flatMap(({ name }, index) => (chosen.includes(name) ? [index] : []));
	return outputs.length > 0 ? outputs : [categories.length];
}

function readCategoryChoice(item: ItemContext): CategoryChoice {
	const field = new FieldReader(item, description);
	const orNone = field.choice<'nearest' | 'none'>('noCategory') === 'none';
	return {
		categories: readCategories(item, orNone ? 1 : 2),
		several: field.boolean('severalCategories'),
		orNone,
		withConfidence: field.boolean('includeConfidence'),
	};
}

const rememberedTask = rememberLast(classificationTask);

function classificationTask(choice: CategoryChoice): TextTask {
	const { categories, several, orNone } = choice;
	const names = categories.map(({ name }) => name);
	const schema = schemaOf(names, choice);
	const [problem] = strictProblems(schema);
	if (problem) {
		throw new InputProblem(
			'Categories',
			`The list of categories ${problem.messageFragment}`,
			'Use fewer or shorter categories, or sort in two steps',
		);
	}
	return {
		instructions: classificationInstructions(choice),
		json: {
			name: 'classification',
			schema,
			normalizeReply: normalizeLabels({
				field: several ? 'categories' : 'category',
				labels: names,
				orNothing: orNone,
				inList: several,
			}),
		},
	};
}

function schemaOf(names: string[], { several, orNone, withConfidence }: CategoryChoice): JsonSchema {
	const properties: Array<[string, JsonSchema]> = [
		several
			? [
					'categories',
					{ type: 'array', items: { type: 'string', enum: names }, ...(!orNone && { minItems: 1 }) },
				]
			: [
					'category',
					orNone ? { type: ['string', 'null'], enum: [...names, null] } : { type: 'string', enum: names },
				],
	];
	if (withConfidence) properties.push(['confidence', { type: 'number', minimum: 0, maximum: 1 }]);
	return strictObject(
		properties,
		properties.map(([name]) => name),
	);
}

function classificationInstructions({ categories, several, orNone, withConfidence }: CategoryChoice): string {
	const field = several ? 'categories' : 'category';
	const sentences = [
		'You sort texts into categories.',
		several
			? 'Choose every category that the text clearly belongs to, the most fitting first.'
			: 'Choose the one category that fits the text best as a whole.',
		`Judge by what the text is about and what its author wants, not by single words. Name categories in the field "${field}" exactly as they are written in the list, and never make up another.`,
		orNone
			? `If none of them fits, "${field}" is ${several ? 'an empty list' : 'null'}.`
			: 'Even if none of them fits well, choose the one that comes nearest.',
	];
	if (withConfidence) {
		sentences.push(
			'Say in the field "confidence" how sure you are, from 0 (a mere guess) to 1 (there is no doubt).',
		);
	}
	const list = categories.map(({ name, description }) =>
		description ? `- ${JSON.stringify(name)}: ${description}` : `- ${JSON.stringify(name)}`,
	);
	return `${sentences.join(' ')}\n\nThe categories:\n${list.join('\n')}`;
}
