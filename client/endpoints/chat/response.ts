import { randomUUID } from 'node:crypto';
import * as z from 'zod/v4-mini';
import { ApiFailure } from '../../core/errors';
import { ifAny } from '../../core/looseSchema';
import type { ChatReply, Choice } from '../../core/reply';
import { splitThoughts } from '../../core/thoughts';
import { isBrokenOff, readFinishReason, readUsage, usageSchema } from '../usage';

// Only what is read here, and loosely.
const contentPart = z.union([z.string(), z.looseObject({ text: ifAny(z.string()) })]);

const completionSchema = z.object({
	id: ifAny(z.string()),
	model: ifAny(z.string()),
	choices: z.array(
		z.object({
			index: ifAny(z.number()),
			finish_reason: ifAny(z.string()),
			logprobs: ifAny(z.looseObject({})),
			// OpenRouter's way to say that the model's own server broke off.
			error: ifAny(z.looseObject({ message: ifAny(z.string()) })),
			message: z.object({
				content: z.optional(z.nullable(z.union([z.string(), z.array(contentPart)]))),
				refusal: ifAny(z.string()),
				// Servers that show the reasoning name it in one of two ways.
				reasoning_content: ifAny(z.string()),
				reasoning: ifAny(z.string()),
				reasoning_details: ifAny(z.array(z.looseObject({}))),
				tool_calls: ifAny(z.array(z.looseObject({}))),
			}),
		}),
	),
	usage: usageSchema,
});
type Completion = z.infer<typeof completionSchema>;

/**
 * Reads a `chat.completion` object.
 *
 * @throws {ApiFailure} `bad_reply` when it is not what the API promises: no JSON object, or no choices; `server`
 * when a choice says that it failed.
 */
export function readChatReply(json: unknown): ChatReply {
	const parsed = z.safeParse(completionSchema, json);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		const place = issue?.path.join('.') || 'the reply';
		throw new ApiFailure(
			'bad_reply',
			`The reply is not a chat completion: ${place} is missing or of the wrong type`,
		);
	}
	const completion = parsed.data;
	const failed = completion.choices.find((choice) => choice.error ?? isBrokenOff(choice.finish_reason));
	if (failed) throw new ApiFailure('server', failed.error?.message || 'The model broke off');
	const [first, ...rest] = completion.choices.map(readChatChoice);
	if (!first) throw new ApiFailure('bad_reply', 'The reply is a chat completion without any choice');
	const reply: ChatReply = { choices: [first, ...rest], raw: json as Record<string, unknown> };
	if (completion.id) reply.id = completion.id;
	if (completion.model) reply.model = completion.model;
	if (completion.usage) reply.usage = readUsage(completion.usage);
	return reply;
}

function readChatChoice(choice: Completion['choices'][number], position: number): Choice {
	const { content, refusal, reasoning_content: reasoningContent } = choice.message;
	const { reasoning_details: details, tool_calls: toolCalls } = choice.message;
	const said = typeof content === 'string' ? content : (content ?? []).map(partText).join('');
	const { text, thoughts } = splitThoughts(said);
	const reasoning = choice.message.reasoning ?? reasoningContent ?? thoughts;
	const result: Choice = {
		index: choice.index ?? position,
		text,
		finishReason: readFinishReason(choice.finish_reason),
	};
	if (reasoning) result.reasoning = reasoning;
	if (toolCalls?.length) {
		result.toolMessage = {
			role: 'assistant',
			// Only a call of tools may be without content.
			content: result.text || null,
			// DeepSeek and Kimi reject the next turn without the first; OpenRouter asks for the second.
			...(reasoningContent && { reasoning_content: reasoningContent }),
			...(details && { reasoning_details: details }),
			tool_calls: toolCalls.map(withId),
		};
	}
	if (refusal) result.refusal = refusal;
	if (choice.logprobs) result.logprobs = choice.logprobs;
	return result;
}

/** A result names the call it is for, and some servers give their calls no ID. */
function withId(call: { id?: unknown }): object {
	return call.id ? call : { ...call, id: `call_${randomUUID()}` };
}

function partText(part: z.infer<typeof contentPart>): string {
	return typeof part === 'string' ? part : (part.text ?? '');
}
