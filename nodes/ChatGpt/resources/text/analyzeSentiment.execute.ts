import { strictObject, type JsonSchema } from '../../../../client';
import { FieldReader } from '../../../../host/parameters/readField';
import { rememberLast } from '../../../../host/parameters/rememberLast';
import type { ItemContext, OperationHandler } from '../../../../host/run/operation';
import { description } from './analyzeSentiment.operation';
import { checkCategories } from './categories';
import { normalizeLabels } from './labels';
import { runTextTask, type TextTask } from './textTask';

const LABEL = 'Sentiments';

/** Says how the author of an item's text feels. */
export const execute: OperationHandler = async (item) => {
	const { json, item: itemOf } = await runTextTask(item, () =>
		rememberedTask(readSentiments(item), new FieldReader(item, description).boolean('includeScore')),
	);
	return { items: [itemOf(json)] };
};

/** An expression may give a list. */
function readSentiments({ parameter }: ItemContext): string[] {
	const given = parameter('sentiments', '');
	const listed = typeof given === 'string' ? given.split(/[,\n]/).filter((name) => name.trim()) : given;
	const hint = 'Enter them separated by commas, such as positive, neutral, negative';
	return checkCategories(listed, { label: LABEL, least: 2, hint }).map(({ name }) => name);
}

const rememberedTask = rememberLast(analysis);

function analysis(names: string[], withScore: boolean): TextTask {
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
			normalizeReply: normalizeLabels({ field: 'sentiment', labels: names }),
		},
	};
}
