import type { INodeExecutionData } from 'n8n-workflow';
import type { NodeRun } from '../../host/run/nodeRun';
import { answer as completeChat } from './resources/chat/complete.execute';
import { answer as complete } from './resources/completion/complete.execute';
import { answer as getModel } from './resources/model/get.execute';
import { answer as getModels } from './resources/model/getAll.execute';
import { answer as moderate } from './resources/moderation/check.execute';
import { answer as analyzeSentiment } from './resources/text/analyzeSentiment.execute';
import { answer as classifyText } from './resources/text/classify.execute';
import { answer as extractFromText } from './resources/text/extract.execute';
import { answer as summarizeText } from './resources/text/summarize.execute';
import { answer as translateText } from './resources/text/translate.execute';

/** What an input item becomes. */
export interface Answered {
	items: INodeExecutionData[];
	/** The output of the node that each of them leaves through; the first unless given. */
	outputs?: number[];
}

/**
 * Answers one input item.
 *
 * @param stopSignal aborts when another item has ended the run: finish what is sent, begin nothing new.
 */
export type OperationHandler = (run: NodeRun, itemIndex: number, stopSignal: AbortSignal) => Promise<Answered>;

/** By resource and operation. */
export const OPERATIONS: Record<string, Record<string, OperationHandler>> = {
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
