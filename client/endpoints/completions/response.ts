import * as z from 'zod/v4-mini';
import { ApiFailure } from '../../core/errors';
import { ifAny } from '../../core/looseSchema';
import type { ChatReply, Choice } from '../../core/reply';
import { isBrokenOff, readFinishReason, readUsage, usageSchema } from '../usage';

// Only what we read, and loosely, as for a chat. A choice without a text is no choice: a server may take this for a chat.
const completionSchema = z.object({
	id: ifAny(z.string()),
	model: ifAny(z.string()),
	choices: z.array(
		z.object({
			index: ifAny(z.number()),
			text: z.nullable(z.string()),
			finish_reason: ifAny(z.string()),
			logprobs: ifAny(z.looseObject({})),
			error: ifAny(z.looseObject({ message: ifAny(z.string()) })),
		}),
	),
	usage: usageSchema,
});

/**
 * Reads a `text_completion` object.
 *
 * @param prompts how many prompts it answers.
 * @returns choices in the order of the prompts, the same number for each.
 * @throws {ApiFailure} `bad_reply` when it is not what the API promises: no JSON object, or not the same number of
 * choices for each prompt; `server` when a choice says that it failed.
 */
export function readCompletionReply(json: unknown, prompts: number): ChatReply {
	const parsed = z.safeParse(completionSchema, json);
	if (!parsed.success) {
		const place = parsed.error.issues[0]?.path.join('.') || 'the reply';
		throw new ApiFailure(
			'bad_reply',
			`The reply is not a text completion: ${place} is missing or of the wrong type`,
		);
	}
	const { choices, id, model, usage } = parsed.data;
	const failed = choices.find((choice) => choice.error ?? isBrokenOff(choice.finish_reason));
	if (failed) throw new ApiFailure('server', failed.error?.message || 'The model broke off');
	const [first, ...rest] = choices
		.map((choice, position): Choice => {
			const { index, text, finish_reason: reason, logprobs } = choice;
			return {
				index: index ?? position,
				text: text ?? '',
				finishReason: readFinishReason(reason),
				...(logprobs && { logprobs }),
			};
		})
		// Choices may arrive in completion order.
		.sort((a, b) => a.index - b.index);
	if (!first) throw new ApiFailure('bad_reply', 'The reply is a text completion without any choice');
	if (choices.length % prompts !== 0) {
		throw new ApiFailure('bad_reply', `The reply has ${choices.length} choices for ${prompts} prompts`);
	}
	const reply: ChatReply = { choices: [first, ...rest], raw: json as Record<string, unknown> };
	if (id) reply.id = id;
	if (model) reply.model = model;
	if (usage) reply.usage = readUsage(usage);
	return reply;
}

/** The choices for each prompt, in order, each prompt's counted from 0. The API numbers them one after the other. */
export function choicesByPrompt(choices: Choice[], prompts: number): Array<[Choice, ...Choice[]]> {
	const each = choices.length / prompts;
	return Array.from({ length: prompts }, (_, prompt) => {
		const own = choices.slice(prompt * each, (prompt + 1) * each);
		return own.map((choice, index) => ({ ...choice, index })) as [Choice, ...Choice[]];
	});
}
