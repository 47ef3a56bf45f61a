import * as z from 'zod/v4-mini';
import { ApiFailure } from '../../core/errors';
import { ifAny } from '../../core/looseSchema';

/** Request body of `POST /moderations` (openai 7.55, `resources/moderations`). */
export interface ModerationRequest {
	model: string;
	/** OpenAI takes one picture a request. */
	input: string | ModerationPart[];
}

export type ModerationPart =
	{ type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };

/** What was found; categories have the API's own names, such as `hate/threatening`. */
export interface ModerationReply {
	/** Whether anything was found. */
	flagged: boolean;
	/** Null where a model does not know the category. */
	categories: Record<string, boolean | null>;
	/** From 0 to 1. */
	categoryScores: Record<string, number>;
	/** What a category was judged by: `text`, `image`; absent unless the server says. */
	appliedInputTypes?: Record<string, string[]>;
	id?: string;
	/** The model that judged, often a dated version of the one asked for. */
	model?: string;
	/** The API's own JSON, untouched. */
	raw: Record<string, unknown>;
}

const moderationSchema = z.object({
	id: ifAny(z.string()),
	model: ifAny(z.string()),
	results: z.array(
		z.object({
			flagged: z.boolean(),
			categories: ifAny(z.record(z.string(), z.nullable(z.boolean()))),
			category_scores: ifAny(z.record(z.string(), z.number())),
			category_applied_input_types: ifAny(z.record(z.string(), z.array(z.string()))),
		}),
	),
});

/**
 * Reads the answer of `POST /moderations`.
 *
 * @throws {ApiFailure} `bad_reply` when it is not what the API promises: without `flagged`, nothing is known.
 */
export function readModerationReply(json: unknown): ModerationReply {
	const parsed = z.safeParse(moderationSchema, json);
	if (!parsed.success) throw new ApiFailure('bad_reply', 'The reply is not the result of a moderation');
	const { id, model, results } = parsed.data;
	const replies = results.map((result): ModerationReply => {
		const { flagged, categories, category_scores: scores, category_applied_input_types: types } = result;
		return {
			flagged,
			categories: categories ?? {},
			categoryScores: scores ?? {},
			...(types && { appliedInputTypes: types }),
			...(id && { id }),
			...(model && { model }),
			raw: json as Record<string, unknown>,
		};
	});
	const [first, ...rest] = replies;
	if (!first) throw new ApiFailure('bad_reply', 'The reply is a moderation without any result');
	return { ...mergeModerations([first, ...rest]), raw: first.raw };
}

/** What was found in any of them: of each category the highest score. `raw` has the results of all. */
export function mergeModerations<T extends ModerationReply>([first, ...rest]: [T, ...T[]]): T {
	if (rest.length === 0) return first;
	const merged: T = {
		...first,
		categories: { ...first.categories },
		categoryScores: { ...first.categoryScores },
		...(first.appliedInputTypes && { appliedInputTypes: { ...first.appliedInputTypes } }),
		raw: { ...first.raw, results: [first, ...rest].flatMap(({ raw }) => raw.results) },
	};
	for (const { flagged, categories, categoryScores, appliedInputTypes = {} } of rest) {
		merged.flagged ||= flagged;
		for (const [name, found] of Object.entries(categories)) merged.categories[name] ||= found;
		for (const [name, score] of Object.entries(categoryScores)) {
			merged.categoryScores[name] = Math.max(score, merged.categoryScores[name] ?? 0);
		}
		for (const [name, types] of Object.entries(appliedInputTypes)) {
			const known = (merged.appliedInputTypes ??= {});
			known[name] = [...new Set([...(known[name] ?? []), ...types])];
		}
	}
	return merged;
}
