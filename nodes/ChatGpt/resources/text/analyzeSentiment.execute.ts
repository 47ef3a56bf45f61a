import type { IExecuteFunctions } from 'n8n-workflow';
import type { JsonSchema } from '../../../../client/structured/jsonSchema';
import { strictObject } from '../../../../client/structured/schemaFromExample';
import type { OperationHandler } from '../../operations';
import { checkBoolean } from '../../../../host/parameters/parameterChecks';
import { categoriesOf } from './categories';
import { normalizeLabels } from './labels';
import { runTextTask, jsonOf, type Job } from './textTask';

const LABEL = 'Sentiments';

/** Says how the author of an item's text feels. */
export const answer: OperationHandler = async (run, itemIndex, stopSignal) => {
	const { result, item } = await runTextTask(run, itemIndex, stopSignal, () =>
		rememberedJob(readSentiments(run.context, itemIndex), readWithScore(run.context, itemIndex)),
	);
	return { items: [item(jsonOf(result))] };
};

/** An expression may give a list. */
function readSentiments(context: IExecuteFunctions, itemIndex: number): string[] {
	const given: unknown = context.getNodeParameter('sentiments', itemIndex, '');
	const listed = typeof given === 'string' ? given.split(/[,\n]/).filter((name) => name.trim()) : given;
	const hint = 'Enter them separated by commas, such as positive, neutral, negative';
	return categoriesOf(listed, LABEL, 2, hint).map(({ name }) => name);
}

function readWithScore(context: IExecuteFunctions, itemIndex: number): boolean {
	return checkBoolean('Include Score', context.getNodeParameter('includeScore', itemIndex, true));
}

let last: { id: string; job: Job } | undefined;

/** Mostly all items have the same list. */
function rememberedJob(names: string[], withScore: boolean): Job {
	const id = JSON.stringify([names, withScore]);
	if (last?.id !== id) last = { id, job: analysis(names, withScore) };
	return last.job;
}

function analysis(names: string[], withScore: boolean): Job {
	const properties: Array<[string, JsonSchema]> = [['sentiment', { type: 'string', enum: names }]];
	if (withScore) properties.push(['score', { type: 'number', minimum: -1, maximum: 1 }]);
	const sentences = [
		'You judge the sentiment of texts: how their author feels about what the text is about.',
		`Choose the one of these that fits the text best as a whole, and write it exactly like this: ${names.map((name) => JSON.stringify(name)).join(', ')}.`,
		'Mind irony, negation and what the author ends with. What is only reported without feeling is neutral, if that can be chosen.',
	];
	if (withScore) {
		sentences.push(
			'Give a score from -1 (as negative as can be) over 0 (neither) to 1 (as positive as can be), in steps of 0.1, that agrees with your choice.',
		);
	}
	const required = properties.map(([name]) => name);
	return {
		instructions: sentences.join(' '),
		json: {
			name: 'sentiment',
			schema: strictObject(properties, required),
			tidy: normalizeLabels('sentiment', names, false),
		},
	};
}
