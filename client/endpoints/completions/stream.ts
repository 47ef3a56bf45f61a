import type { JsonObject } from '../../core/json';
import { StreamedCompletion } from '../chat/stream';

/**
 * Puts the chunks of a streamed `text_completion` together. They differ from those of a chat in that a choice holds its
 * piece of text itself, and that the log probabilities of its tokens are lists side by side.
 */
export class StreamedText extends StreamedCompletion {
	override completion(): JsonObject {
		const { choices, ...whole } = super.completion() as {
			choices: Array<{ message: JsonObject } & JsonObject>;
		};
		return {
			...whole,
			object: 'text_completion',
			choices: choices.map(({ message, ...choice }) => ({ ...choice, text: message.content })),
		};
	}

	protected override deltaOf(piece: JsonObject): JsonObject | undefined {
		return typeof piece.text === 'string' ? { content: piece.text } : undefined;
	}
}
