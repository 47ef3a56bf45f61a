import { NodeOperationError, type ILoadOptionsFunctions, type INodeListSearchResult } from 'n8n-workflow';
import type { Model } from '../../../client/modelList';
import { connect } from '../connect';

/** Fills the list of the field Model: what the server offers, chat models first, newest first. */
export async function searchModels(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const client = await connect(this);
	let models: Model[];
	try {
		models = await client.listModels({ maxRetries: 1, maxWaitMs: 5_000, timeoutMs: 20_000 });
	} catch {
		throw new NodeOperationError(this.getNode(), 'The server gave no list of models', {
			description:
				'Test the credential; if the server has no such list, choose "By ID" and enter the name of the model.',
		});
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
