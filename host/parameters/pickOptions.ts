import type { INodeProperties } from 'n8n-workflow';

/** The options with these names, of several lists, for one operation's collection. */
export function pickOptions(from: INodeProperties[], names: string[]): INodeProperties[] {
	return from.filter(({ name }) => names.includes(name));
}

/** The collection that every operation has its options in, sorted as n8n wants it. */
export function optionsField(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [...options].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}
