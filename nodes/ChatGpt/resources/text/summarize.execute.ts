import { FieldReader } from '../../../../host/parameters/readField';
import type { ItemContext, OperationHandler } from '../../../../host/run/operation';
import { description } from './summarize.operation';
import { runTextTask } from './textTask';

const FORMATS = {
	text: {
		short: 'one sentence',
		medium: 'one paragraph of three to five sentences',
		long: 'several paragraphs',
	},
	bullets: {
		short: 'at most three bullet points',
		medium: 'five to seven bullet points',
		long: 'as many bullet points as it takes to keep every point that matters',
	},
};

/** Summarizes the text of one item. */
export const execute: OperationHandler = async (item) => {
	const { text, item: itemOf } = await runTextTask(item, () => ({ instructions: summaryInstructions(item) }));
	return { items: [itemOf({ summary: text })] };
};

function summaryInstructions(item: ItemContext): string {
	const field = new FieldReader(item, description);
	const format = field.choice<keyof typeof FORMATS>('summaryFormat');
	const length = field.choice<keyof (typeof FORMATS)['text'] | 'custom'>('summaryLength');
	const language = field.text('summaryLanguage');
	const focus = field.text('summaryFocus');
	return [
		'You summarize texts. Say what the text says, in its order of importance, with the names, numbers and dates that matter; add no opinion, no advice and nothing that is not in the text.',
		length === 'custom'
			? `Write about ${field.number('summaryWords', { whole: true })} words, ${format === 'bullets' ? 'as bullet points' : 'as running text'}.`
			: `Write ${FORMATS[format][length]}.`,
		...(format === 'bullets' ? ['Begin each bullet point with "- " on a line of its own.'] : []),
		...(focus ? [`What matters most to the reader: ${focus}`] : []),
		language ? `Write in this language: ${language}.` : 'Write in the language of the text.',
		'Reply with the summary alone: no heading, and no words before or after it. If the text is shorter than the summary would be, reply with what matters of it.',
	].join('\n');
}
