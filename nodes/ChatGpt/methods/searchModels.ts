import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { CallLog, type Model } from '../../../client';
import { connect } from '../../../host/connect';
import { nodeError } from '../../../host/run/itemErrors';

/** What the names of models for other operations than a chat have in common. */
const KINDS = {
	chat: undefined,
	completion: /instruct|davinci|babbage/i,
	moderation: /moderation/i,
};

/**
 * Fills the list of the field Model with what the server offers.
 *
 * @param kind what the models are wanted for: those known to fit come first, else those for chats, newest first.
 */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
	kind: keyof typeof KINDS = 'chat',
): Promise<INodeListSearchResult> {
	const log = new CallLog();
	let models: Model[];
	try {
		const client = await connect(this);
		({ models } = await client.listModels({ maxRetries: 1, maxWaitMs: 5_000, timeoutMs: 20_000, log }));
	} catch (error) {
		throw nodeError(this.getNode(), error, { log });
	}
	const wanted = filter.trim().toLowerCase();
	const fits = ({ id }: Model) => KINDS[kind]?.test(id) ?? false;
	return {
		results: models
			.sort((a, b) => Number(fits(b)) - Number(fits(a)))
			.filter(({ id }) => id.toLowerCase().includes(wanted))
			.map(({ id, shutdownDate }) => ({
				name: shutdownDate ? `${id} (until ${shutdownDate})` : id,
				value: id,
			})),
	};
}
