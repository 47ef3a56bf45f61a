import { deepCopy, type IExecuteFunctions } from 'n8n-workflow';
import type { JsonSchema } from '../../../../client/structured/jsonSchema';
import { strictObject } from '../../../../client/structured/schemaFromExample';
import { strictProblems } from '../../../../client/structured/strictSchema';
import { isTool } from '../../../../host/isTool';
import type { OperationHandler } from '../../operations';
import { InputProblem } from '../../../../host/parameters/inputProblem';
import { checkBoolean, checkChoice } from '../../../../host/parameters/parameterChecks';
import { readCategories, type Category } from './categories';
import { normalizeLabels } from './labels';
import { runTextTask, jsonOf, type Job } from './textTask';

interface Choosing {
	categories: Category[];
	several: boolean;
	orNone: boolean;
	withConfidence: boolean;
}

/** Sorts the text of one item into categories. */
export const answer: OperationHandler = async (run, itemIndex, stopSignal) => {
	const choosing = readChoosing(run.context, itemIndex);
	const { result, item } = await runTextTask(run, itemIndex, stopSignal, () => rememberedJob(choosing));
	const reply = jsonOf(result);
	const chosen = [reply.categories ?? reply.category ?? []].flat() as string[];
	const { category, categories, confidence } = reply;
	const outputs = hasOutputs(run.context, itemIndex) ? outputsOf(chosen, choosing.categories) : [0];
	const fields = {
		...(choosing.several ? { categories } : { category }),
		...(choosing.withConfidence && { confidence }),
	};
	return {
		// What a node changes in one branch must not show in another.
		items: outputs.map((_, nth) => (nth === 0 ? item(fields) : deepCopy(item(fields, nth)))),
		outputs,
	};
};

/** A node that runs as a tool has none but the one to its agent. */
function hasOutputs(context: IExecuteFunctions, itemIndex: number): boolean {
	return (
		context.getNodeParameter('outputPerCategory', itemIndex, false) === true &&
		context.getNodeParameter('categoriesSource', itemIndex, 'fields') === 'fields' &&
		!isTool(context)
	);
}

/** In the order of the categories; the last one is for none of them. */
function outputsOf(chosen: string[], categories: Category[]): number[] {
	const outputs = categories.flatMap(({ name }, index) => (chosen.includes(name) ? [index] : []));
	return outputs.length > 0 ? outputs : [categories.length];
}

function readChoosing(context: IExecuteFunctions, itemIndex: number): Choosing {
	const parameter = (name: string, fallback: unknown) => context.getNodeParameter(name, itemIndex, fallback);
	const boolean = (name: string, label: string) => checkBoolean(label, parameter(name, false));
	const orNone =
		checkChoice('If No Category Fits', parameter('noCategory', 'nearest'), ['nearest', 'none'] as const) ===
		'none';
	return {
		categories: readCategories(context, itemIndex, orNone ? 1 : 2),
		several: boolean('severalCategories', 'Allow Several Categories'),
		orNone,
		withConfidence: boolean('includeConfidence', 'Include Confidence'),
	};
}

let last: { id: string; job: Job } | undefined;

/** Mostly all items have the same categories; their schema is then made and read once. */
function rememberedJob(choosing: Choosing): Job {
	const id = JSON.stringify(choosing);
	if (last?.id !== id) last = { id, job: classification(choosing) };
	return last.job;
}

function classification(choosing: Choosing): Job {
	const { categories, several, orNone } = choosing;
	const names = categories.map(({ name }) => name);
	const schema = schemaOf(names, choosing);
	const [problem] = strictProblems(schema);
	if (problem) {
		throw new InputProblem(
			'Categories',
			`The list of categories ${problem.problem}`,
			'Use fewer or shorter categories, or sort in two steps',
		);
	}
	return {
		instructions: instructionsFor(choosing),
		json: {
			name: 'classification',
			schema,
			tidy: normalizeLabels(several ? 'categories' : 'category', names, orNone, several),
		},
	};
}

function schemaOf(names: string[], { several, orNone, withConfidence }: Choosing): JsonSchema {
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

function instructionsFor({ categories, several, orNone, withConfidence }: Choosing): string {
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
