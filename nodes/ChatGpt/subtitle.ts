import type { INodeParameters } from 'n8n-workflow';

/**
 * What the canvas shows under the node's name, where it has room for one word beside the memory: the model, or which
 * ready job it is, which says more. n8n evaluates the text of this function by itself, here and in the editor, so that it
 * may use nothing from outside. A parameter left at its default is not in the saved workflow; of a resource locator,
 * $parameter gives the value.
 */
export function subtitleFor(parameters: INodeParameters): string {
	const { resource, operation = 'classify', model, completionModel } = parameters;
	const words: Record<string, string> = {
		completion: (completionModel as string) || 'gpt-3.5-turbo-instruct',
		model: 'models',
		moderation: 'moderation',
		text: (operation as string).replace('analyzeS', 's'),
	};
	return words[resource as string] ?? ((model as string) || 'gpt-4.1-mini');
}

export const subtitle = `={{ (${subtitleFor.toString()})($parameter) }}` as const;
