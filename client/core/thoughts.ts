/** Tags between which open models that reason put their thoughts, at the beginning of the text of the reply. */
const TAGS = ['think', 'thinking', 'thought', 'reasoning', 'seed:think'];
const LONGEST_TAG = Math.max(...TAGS.map((tag) => tag.length)) + 3;

/**
 * Takes the thoughts off a text: between tags at its beginning, several times if need be. Some servers leave the opening
 * tag out; then all before the closing one are thoughts. Without a closing tag the text ended while the model thought.
 */
export function splitThoughts(given: string): { text: string; thoughts?: string } {
	const thoughts: string[] = [];
	let text = given;
	for (;;) {
		const opened = openingTag(text);
		const tag = opened?.tag ?? (thoughts.length === 0 ? unopenedTag(text) : undefined);
		if (tag === undefined) break;
		const from = opened?.end ?? 0;
		const close = text.indexOf(`</${tag}>`, from);
		thoughts.push(text.slice(from, close < 0 ? undefined : close).trim());
		text = close < 0 ? '' : text.slice(close + tag.length + 3).trimStart();
	}
	return thoughts.length > 0 ? { text, thoughts: thoughts.filter(Boolean).join('\n\n') } : { text };
}

/** The tag that a text begins with, and where what is in it begins. */
function openingTag(text: string): { tag: string; end: number } | undefined {
	const start = text.search(/\S/);
	if (start < 0 || text[start] !== '<') return undefined;
	const tag = TAGS.find((one) => text.startsWith(`<${one}>`, start));
	return tag === undefined ? undefined : { tag, end: start + tag.length + 2 };
}

/**
 * A tag that is closed without having been opened anywhere, at the end of its line; one within a line is quoted. Only the
 * usual one: texts speak of the others.
 */
function unopenedTag(text: string): string | undefined {
	const close = text.search(/<\/think>[ \t]{0,100}(?:\r?\n|$)/);
	return close >= 0 && text.lastIndexOf('<think>', close) < 0 ? 'think' : undefined;
}

/** Lets the pieces of a streamed text pass, but not the thoughts at its beginning. */
export class ThoughtFilter {
	/** What may become a tag: the beginning of an opening one, or, within thoughts, of the closing one. */
	private held = '';
	/** Blanks that the text begins with. */
	private blanks = '';
	private openTag?: string;
	private hasThoughts = false;
	private isDecided = false;

	/** @returns what may be shown now. */
	pass(piece: string): string {
		let rest = piece;
		while (!this.isDecided && rest !== '') rest = this.openTag ? this.skipThoughts(rest) : this.begin(rest);
		return rest;
	}

	/** What is held at the end, unless it is a thought. */
	end(): string {
		return this.isDecided || this.openTag ? '' : this.release();
	}

	/** @returns what is to be looked at next. */
	private begin(piece: string): string {
		const more = this.held ? piece : piece.trimStart();
		if (!this.held) this.blanks += piece.slice(0, piece.length - more.length);
		this.held += more;
		const opened = openingTag(this.held);
		if (opened) {
			const rest = this.held.slice(opened.end);
			this.openTag = opened.tag;
			this.held = '';
			return rest;
		}
		const mayBecomeTag = this.held === '' || (this.held.startsWith('<') && this.held.length < LONGEST_TAG);
		return mayBecomeTag ? '' : this.release();
	}

	private skipThoughts(piece: string): string {
		const text = this.held + piece;
		const closing = `</${this.openTag}>`;
		const end = text.indexOf(closing);
		this.held = end < 0 ? text.slice(-LONGEST_TAG) : '';
		if (end < 0) return '';
		this.openTag = undefined;
		this.hasThoughts = true;
		return text.slice(end + closing.length);
	}

	private release(): string {
		this.isDecided = true;
		return this.hasThoughts ? this.held : this.blanks + this.held;
	}
}
