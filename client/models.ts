import type { Call } from './call';
import { ApiFailure } from './core/errors';
import { readModel, readModelList, type Model } from './endpoints/models/response';
import { send } from './sending/send';

/** The models that the server offers, those for chat first, each group newest first. */
export async function listModels(call: Call): Promise<{ models: Model[]; requestId?: string }> {
	const read = (json: unknown) => ({ models: readModelList(json) });
	return await send({ path: '/models', pacedBy: '/models', tokenBytes: 0, read }, call);
}

/** One model; of a server that does not find it by its path, from the list. */
export async function getModel(id: string, call: Call): Promise<{ model: Model; requestId?: string }> {
	try {
		const read = (json: unknown) => ({ model: readModel(json) });
		const path = `/models/${encodeURIComponent(id)}`;
		return await send({ path, pacedBy: '/models', tokenBytes: 0, read }, call);
	} catch (error) {
		// Many servers take the path apart with the slash of a name decoded, and find nothing there. Others have a
		// list only.
		if (!(error instanceof ApiFailure) || error.details.status !== 404) throw error;
		if (!id.includes('/') && error.kind !== 'not_found') throw error;
		call.log.addWait(0);
		const { models, ...rest } = await listModels(call);
		const model = models.find((one) => one.id === id);
		if (model) return { ...rest, model };
		throw new ApiFailure('unknown_model', 'It is not in the list of models', error.details);
	}
}
