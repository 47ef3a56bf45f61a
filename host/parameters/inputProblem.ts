/** Something the user has to correct before a request can be sent. */
export class InputProblem extends Error {
	constructor(
		/** The parameter's label as the editor shows it. */
		readonly parameter: string,
		/** One sentence: what is wrong. */
		message: string,
		/** One sentence: what to do. */
		readonly hint: string,
		/** Whether another item may fare better; not so when what is connected to the node is at fault. */
		readonly itemAtFault = true,
	) {
		super(message);
		this.name = 'InputProblem';
	}
}

/** A value as it may appear in an error: short, and telling text from numbers. */
export function shown(value: unknown): string {
	const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
	return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
