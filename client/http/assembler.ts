import type { JsonObject } from '../core/json';

/** Puts the chunks of a streamed reply together. */
export interface StreamAssembler {
	add(chunk: JsonObject): void;
	/** What came so far, as the JSON that the API sends without streaming. */
	completion(): JsonObject;
	/** Whether the model has begun to answer. */
	readonly hasBegun: boolean;
	/** Whether the server said that nothing is to come. */
	readonly isComplete: boolean;
	/** Whether there is nothing that could still come. */
	readonly isOver: boolean;
	/** The text of the first choice so far. */
	readonly text: string;
}

/** Makes an assembler; it tells the beginning of the reply, and each piece of a choice's text. */
export type AssemblerFactory = (
	onBegin: () => void,
	onText: (text: string, choice: number) => void,
) => StreamAssembler;
