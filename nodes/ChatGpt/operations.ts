import type { OperationTable } from '../../host/run/operation';
import { execute as completeChat } from './resources/chat/complete.execute';
import { execute as complete } from './resources/completion/complete.execute';
import { execute as getModel } from './resources/model/get.execute';
import { execute as getModels } from './resources/model/getAll.execute';
import { execute as moderate } from './resources/moderation/check.execute';
import { execute as analyzeSentiment } from './resources/text/analyzeSentiment.execute';
import { execute as classifyText } from './resources/text/classify.execute';
import { execute as extractFromText } from './resources/text/extract.execute';
import { execute as summarizeText } from './resources/text/summarize.execute';
import { execute as translateText } from './resources/text/translate.execute';

/** What the node does for each resource and operation. */
export const OPERATIONS: OperationTable = {
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
