import { isObject, type JsonObject } from '../../core/json';
import type { StreamAssembler } from '../../http/assembler';
import { splitThoughts, ThoughtFilter } from '../../core/thoughts';
import { StreamedToolCalls } from './streamedToolCalls';

interface StreamedChoice {
	index: number;
	message: { role: 'assistant'; content: string | null } & JsonObject;
	finish_reason: string | null;
	logprobs?: JsonObject;
	error?: unknown;
	toolCalls: StreamedToolCalls;
	/** Keeps the thoughts from whoever reads along. */
	thoughts: ThoughtFilter;
}

/** Texts of a message that arrive in pieces. Servers that show the reasoning name it in one of two ways. */
const TEXT_FIELDS = ['refusal', 'reasoning_content', 'reasoning'];

/**
 * Puts the chunks of a streamed `chat.completion` together into the object that the API sends without streaming. Takes
 * whatever servers leave out, null or mistype; the whole is checked when it is read.
 */
export class StreamedCompletion implements StreamAssembler {
	/** By index. In an array, a senseless index would leave a gap that takes forever to walk through. */
	private readonly choices = new Map<number, StreamedChoice>();
	private readonly shared: JsonObject = {};
	private usage: unknown;
	private usageCameLast = false;

	/**
	 * @param onBegin told when the model begins to answer: with text, a refusal, reasoning or a tool call.
	 * @param onText told of each piece of a choice's text.
	 */
	constructor(
		private readonly onBegin: () => void = () => {},
		private readonly onText: (text: string, choice: number) => void = () => {},
	) {}

	hasBegun = false;

	/** Whether the server said that nothing is to come: all choices are finished, or the usage came after them. */
	get isComplete(): boolean {
		return this.usageCameLast || this.isFinished;
	}

	/** Whether there is nothing that could still come. */
	get isOver(): boolean {
		return this.usageCameLast && this.isFinished;
	}

	private get isFinished(): boolean {
		return this.choices.size > 0 && [...this.choices.values()].every((choice) => choice.finish_reason);
	}

	/** The text of the first choice so far. */
	get text(): string {
		return splitThoughts(this.inOrder()[0]?.message.content ?? '').text;
	}

	add(chunk: JsonObject): void {
		addShared(this.shared, chunk);
		const choices: unknown[] = Array.isArray(chunk.choices) ? chunk.choices : [];
		// Groq has a place of its own for the usage.
		const usage = chunk.usage ?? (chunk.x_groq as JsonObject | undefined)?.usage;
		if (usage != null) this.usage = usage;
		// Others send what was used so far with every chunk, which says nothing about the end.
		this.usageCameLast = usage != null && choices.length === 0;
		choices.forEach((choice, position) => isObject(choice) && this.addChoice(choice, position));
	}

	/** What came so far, as one completion. */
	completion(): JsonObject {
		return {
			...this.shared,
			object: 'chat.completion',
			choices: this.inOrder().map(({ toolCalls, index, message, finish_reason, logprobs, error }) => {
				if (toolCalls.size > 0) message.tool_calls = toolCalls.inOrder();
				return {
					index,
					message,
					finish_reason,
					...(logprobs && { logprobs }),
					...(error != null && { error }),
				};
			}),
			...(this.usage != null && { usage: this.usage }),
		};
	}

	private inOrder(): StreamedChoice[] {
		return byKey(this.choices);
	}

	private addChoice(piece: JsonObject, position: number): void {
		const index = typeof piece.index === 'number' ? piece.index : position;
		let choice = this.choices.get(index);
		if (!choice) {
			const message = { role: 'assistant' as const, content: null };
			choice = {
				index,
				message,
				finish_reason: null,
				toolCalls: new StreamedToolCalls(),
				thoughts: new ThoughtFilter(),
			};
			this.choices.set(index, choice);
		}
		if (typeof piece.finish_reason === 'string' && piece.finish_reason)
			choice.finish_reason = piece.finish_reason;
		if (piece.error != null) choice.error = piece.error;
		if (isObject(piece.logprobs)) addLogprobs((choice.logprobs ??= {}), piece.logprobs);
		const delta = this.deltaOf(piece, choice.message.content === null);
		if (isObject(delta)) this.addDelta(choice, delta);
		if (choice.finish_reason) this.show(choice.thoughts.end(), index);
	}

	/** What a piece adds to the message of its choice, which may be the first that does. */
	protected deltaOf(piece: JsonObject, isFirst: boolean): unknown {
		// Some servers send the whole message at once, some once more at the end.
		return piece.delta ?? (isFirst ? piece.message : undefined);
	}

	private addDelta({ message, index, toolCalls, thoughts }: StreamedChoice, delta: JsonObject): void {
		const text = contentText(delta.content);
		if (text) {
			this.begin();
			message.content = (message.content ?? '') + text;
			this.show(thoughts.pass(text), index);
		}
		for (const field of TEXT_FIELDS) {
			const more = delta[field];
			if (typeof more !== 'string' || more === '') continue;
			this.begin();
			message[field] = ((message[field] as string | undefined) ?? '') + more;
		}
		if (Array.isArray(delta.reasoning_details)) addReasoningDetails(message, delta.reasoning_details);
		if (!Array.isArray(delta.tool_calls)) return;
		for (const call of delta.tool_calls as unknown[]) {
			if (!isObject(call)) continue;
			this.begin();
			toolCalls.add(call);
		}
	}

	private show(text: string, index: number): void {
		if (text) this.onText(text, index);
	}

	private begin(): void {
		if (this.hasBegun) return;
		this.hasBegun = true;
		this.onBegin();
	}
}

function byKey<T>(map: Map<number, T>): T[] {
	return [...map].sort(([a], [b]) => a - b).map(([, value]) => value);
}

/**
 * Adds the fields that a completion has as a whole. Azure sends chunks about its content filter, in which they are
 * empty. Written out, because every token comes this way, and fields named by a variable take ten times as long.
 */
function addShared(all: JsonObject, chunk: JsonObject): void {
	if (chunk.id) all.id = chunk.id;
	if (chunk.created) all.created = chunk.created;
	if (chunk.model) all.model = chunk.model;
	if (chunk.system_fingerprint) all.system_fingerprint = chunk.system_fingerprint;
	if (chunk.service_tier) all.service_tier = chunk.service_tier;
	if (chunk.provider) all.provider = chunk.provider;
}

/** Mistral sends the text in parts. */
function contentText(content: unknown): string {
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return '';
	return (content as Array<string | { text?: unknown } | null>)
		.map((part) => (typeof part === 'string' ? part : part?.text))
		.filter((text) => typeof text === 'string')
		.join('');
}

function addLogprobs(all: JsonObject, logprobs: JsonObject): void {
	for (const [field, more] of Object.entries(logprobs)) {
		const soFar = Object.hasOwn(all, field) ? all[field] : undefined;
		if (Array.isArray(soFar) && Array.isArray(more)) for (const entry of more as unknown[]) soFar.push(entry);
		// Null as long as there are none.
		else all[field] = soFar ?? more;
	}
}

/** OpenRouter's form of reasoning, whose texts come in pieces; the next turn needs it whole. */
function addReasoningDetails(message: JsonObject, pieces: unknown[]): void {
	const details = (message.reasoning_details ??= []) as JsonObject[];
	for (const piece of pieces.filter(isObject)) {
		const last = details.at(-1);
		const isSame = last && last.type === piece.type && last.index === piece.index;
		if (isSame && typeof last.text === 'string' && typeof piece.text === 'string') last.text += piece.text;
		else details.push({ ...piece });
	}
}
