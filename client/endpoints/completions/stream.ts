import { StreamedCompletion, type Loose } from '../chat/stream';

/**
 * Puts the chunks of a streamed `text_completion` together. They differ from those of a chat in that a choice holds its
 * piece of text itself, and that the log probabilities of its tokens are lists side by side.
 */
export class StreamedText extends StreamedCompletion {
	override completion(): Loose {
		const { choices, ...whole } = super.completion() as { choices: Array<{ message: Loose } & Loose> };
		return {
			...whole,
			object: 'text_completion',
			choices: choices.map(({ message, ...choice }) => ({ ...choice, text: message.content })),
		};
	}

	protected override deltaOf(piece: Loose): Loose | undefined {
		return typeof piece.text === 'string' ? { content: piece.text } : undefined;
	}
}
