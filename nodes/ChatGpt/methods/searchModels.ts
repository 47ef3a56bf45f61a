import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Model } from '../../../client/modelList';
import { connect } from '../connect';
import { nodeError } from '../itemErrors';

/** Fills the list of the field Model: what the server offers, chat models first, newest first. */
export async function searchModels(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	let models: Model[];
	try {
		const client = await connect(this);
		models = await client.listModels({ maxRetries: 1, maxWaitMs: 5_000, timeoutMs: 20_000 });
	} catch (error) {
		throw nodeError(this.getNode(), error);
	}
	const wanted = filter.trim().toLowerCase();
	return {
		results: models
			.filter(({ id }) => id.toLowerCase().includes(wanted))
			.map(({ id, shutdownDate }) => ({
				name: shutdownDate ? `${id} (until ${shutdownDate})` : id,
				value: id,
			})),
	};
}
