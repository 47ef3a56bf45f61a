import { isObject, type JsonObject } from '../../core/json';

interface StreamedCall {
	id?: string;
	type: 'function';
	function: { name: string; arguments: string };
	extra_content?: unknown;
}

interface CallInProgress {
	call: StreamedCall;
	/** Its place among the calls, by the server's count or else by ours. */
	index: number;
	/** Whether its arguments were looked at and found to be no whole JSON, although they looked like it. */
	isUnreadable?: true;
}

/**
 * Puts the pieces of tool calls together. Servers tell which call a piece belongs to by its index, by its ID, by both, or
 * by neither; some give every call the same index, some all an empty ID.
 */
export class StreamedToolCalls {
	private readonly calls: CallInProgress[] = [];
	/** The newest call with each index. */
	private readonly byIndex = new Map<number, CallInProgress>();
	private readonly byId = new Map<string, CallInProgress>();

	get size(): number {
		return this.calls.length;
	}

	add(piece: JsonObject): void {
		const named = isObject(piece.function) ? piece.function : {};
		const id = typeof piece.id === 'string' ? piece.id : '';
		const name = typeof named.name === 'string' ? named.name : '';
		const target = this.find(piece, id, name) ?? this.begin(piece);
		const { call } = target;
		if (id) {
			call.id = id;
			this.byId.set(id, target);
		}
		// Some servers repeat the name in every piece, some send it in pieces before the arguments.
		if (name !== call.function.name && call.function.arguments === '') call.function.name += name;
		call.function.arguments += argumentsText(named.arguments, call.function.arguments);
		// Gemini wants its signature back with the next turn.
		if (piece.extra_content != null) call.extra_content = piece.extra_content;
	}

	/** The calls in the order of their indexes. */
	inOrder(): StreamedCall[] {
		return [...this.calls].sort((a, b) => a.index - b.index).map(({ call }) => call);
	}

	private find({ index }: JsonObject, id: string, name: string): CallInProgress | undefined {
		const known = id ? this.byId.get(id) : undefined;
		if (known) return known;
		const sameIndex = typeof index === 'number' ? this.byIndex.get(index) : this.calls.at(-1);
		if (!sameIndex) return undefined;
		if (id) {
			// Pieces of one call have the same ID, or none but the first.
			return sameIndex.call.id || typeof index !== 'number' ? undefined : sameIndex;
		}
		return name && isWhole(sameIndex) ? undefined : sameIndex;
	}

	private begin({ index }: JsonObject): CallInProgress {
		const place = typeof index === 'number' ? index : this.calls.length;
		const begun: CallInProgress = {
			call: { type: 'function', function: { name: '', arguments: '' } },
			index: place,
		};
		this.calls.push(begun);
		this.byIndex.set(place, begun);
		return begun;
	}
}

/** Whether the arguments of a call are complete, so that a further name begins another. */
function isWhole(progress: CallInProgress): boolean {
	const { arguments: text } = progress.call.function;
	if (progress.isUnreadable || !text.endsWith('}')) return false;
	try {
		JSON.parse(text);
		return true;
	} catch {
		// Looked at once: each further look would take as long as the text is.
		progress.isUnreadable = true;
		return false;
	}
}

/** Some servers send the arguments as an object, at once. */
function argumentsText(given: unknown, soFar: string): string {
	if (typeof given === 'string') return given;
	return isObject(given) && soFar === '' ? JSON.stringify(given) : '';
}
