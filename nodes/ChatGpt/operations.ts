import type { INodeExecutionData } from 'n8n-workflow';
import type { NodeRun } from './nodeRun';
import { answer as completeChat } from './resources/chat/complete.answer';
import { answer as complete } from './resources/completion/complete.answer';
import { answer as getModel } from './resources/model/get.answer';
import { answer as getModels } from './resources/model/getAll.answer';
import { answer as moderate } from './resources/moderation/check.answer';
import { answer as analyzeSentiment } from './resources/text/analyzeSentiment.answer';
import { answer as classifyText } from './resources/text/classify.answer';
import { answer as extractFromText } from './resources/text/extract.answer';
import { answer as summarizeText } from './resources/text/summarize.answer';
import { answer as translateText } from './resources/text/translate.answer';

/** What an input item becomes. */
export interface Answered {
	items: INodeExecutionData[];
	/** The output of the node that each of them leaves through; the first unless given. */
	outputs?: number[];
}

/**
 * Answers one input item.
 *
 * @param noMoreAttempts aborts when another item has ended the run: finish what is sent, begin nothing new.
 */
export type AnswerItem = (run: NodeRun, itemIndex: number, noMoreAttempts: AbortSignal) => Promise<Answered>;

/** By resource and operation. */
export const OPERATIONS: Record<string, Record<string, AnswerItem>> = {
	chat: { complete: completeChat },
	completion: { complete },
	model: { get: getModel, getAll: getModels },
	moderation: { check: moderate },
	text: {
		analyzeSentiment,
		classify: classifyText,
		extract: extractFromText,
		summarize: summarizeText,
		translate: translateText,
	},
};
