import * as z from 'zod/v4-mini';
import { ApiFailure } from './errors';

export interface Model {
	id: string;
	/** Seconds since the epoch. */
	created?: number;
	/** The day the model will be switched off, e.g. `2027-01-31`. */
	shutdownDate?: string;
}

const modelSchema = z.object({
	id: z.string(),
	created: z.catch(z.optional(z.number()), undefined),
	shutdown_date: z.catch(z.optional(z.string()), undefined),
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
	return rows
		.filter((row) => row !== null)
		.map(({ id, created, shutdown_date: shutdownDate }) => ({
			id,
			...(created && { created }),
			...(shutdownDate && { shutdownDate }),
		}))
		.sort(
			(a, b) =>
				Number(NOT_FOR_CHAT.test(a.id)) - Number(NOT_FOR_CHAT.test(b.id)) ||
				(b.created ?? 0) - (a.created ?? 0) ||
				a.id.localeCompare(b.id),
		);
}
