import * as z from 'zod/v4-mini';
import { ApiFailure } from '../../core/errors';
import { ifAny } from '../../core/looseSchema';

export interface Model {
	id: string;
	/** Seconds since the epoch. */
	created?: number;
	/** Who made it, or whose it is. */
	ownedBy?: string;
	/** The day the model will be switched off, e.g. `2027-01-31`. */
	shutdownDate?: string;
	/** The API's own JSON, untouched. */
	raw: Record<string, unknown>;
}

const modelSchema = z.object({
	id: z.string(),
	created: ifAny(z.number()),
	owned_by: ifAny(z.string()),
	shutdown_date: ifAny(z.string()),
});
// Rows without an ID are skipped. Together AI answers with the bare array; null stands for a server without any model.
const rowsSchema = z.array(z.catch(z.nullable(modelSchema), null));
const listSchema = z.union([z.object({ data: z.nullable(rowsSchema) }), rowsSchema]);

/** Models that cannot chat, or only through the Responses API. Anything not recognised may be a chat model. */
const NOT_FOR_CHAT =
	/embedding|whisper|transcribe|tts|dall-e|image|moderation|realtime|sora|davinci|babbage|-instruct\b.*gpt|gpt.*-instruct|computer-use|deep-research|codex|rerank|^(?:o\d|gpt-[\d.]+)-pro\b/i;

/**
 * Reads the answer of `GET /models`: models that can chat first, each group newest first, then by name.
 *
 * @throws {ApiFailure} `bad_reply` when it is not a list of models.
 */
export function readModelList(json: unknown): Model[] {
	const parsed = z.safeParse(listSchema, json);
	if (!parsed.success) throw new ApiFailure('bad_reply', 'The reply is not a list of models');
	const rows = Array.isArray(parsed.data) ? parsed.data : (parsed.data.data ?? []);
	const raw = (Array.isArray(json) ? json : (json as { data: unknown }).data) as Array<Model['raw']>;
	return rows
		.flatMap((row, index) => (row ? [modelOf(row, raw[index]!)] : []))
		.sort(
			(a, b) =>
				Number(!mayChat(a.id)) - Number(!mayChat(b.id)) ||
				(b.created ?? 0) - (a.created ?? 0) ||
				a.id.localeCompare(b.id),
		);
}

/**
 * Reads the answer of `GET /models/ID`.
 *
 * @throws {ApiFailure} `bad_reply` when it is not a model.
 */
export function readModel(json: unknown): Model {
	const parsed = z.safeParse(modelSchema, json);
	if (!parsed.success) throw new ApiFailure('bad_reply', 'The reply is not a model');
	return modelOf(parsed.data, json as Model['raw']);
}

/** Whether a model may be one for chats, as far as its name tells. */
export function mayChat(id: string): boolean {
	return !NOT_FOR_CHAT.test(id);
}

function modelOf(row: z.infer<typeof modelSchema>, raw: Model['raw']): Model {
	const { id, created, owned_by: ownedBy, shutdown_date: shutdownDate } = row;
	return {
		id,
		...(created && { created }),
		...(ownedBy && { ownedBy }),
		...(shutdownDate && { shutdownDate }),
		raw,
	};
}
