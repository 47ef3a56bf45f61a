/** The text of what a field holds: expressions often give a number, or an object to be read by the model as JSON. */
export function toPromptText(content: unknown): string {
	if (typeof content === 'string') return content;
	if (content === null || content === undefined) return '';
	const json = JSON.stringify(content);
	// A date is a string in JSON, and its quotes would be part of the text.
	return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
