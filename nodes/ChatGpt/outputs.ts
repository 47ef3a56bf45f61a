import type { INodeParameters } from 'n8n-workflow';

interface Output {
	type: 'main';
	displayName?: string;
}

/**
 * The outputs of a node with these parameters: one, or one for each category. n8n evaluates the text of this function
 * by itself, here and in the editor, so that it may use nothing from outside.
 */
export function outputsFor(parameters: INodeParameters): Output[] {
	// The editor leaves out what is at its default.
	const { resource, operation = 'classify', categoriesSource = 'fields', outputPerCategory } = parameters;
	const perCategory =
		resource === 'text' &&
		operation === 'classify' &&
		categoriesSource === 'fields' &&
		outputPerCategory === true;
	if (!perCategory) return [{ type: 'main' }];
	const { values = [] } = (parameters.categories ?? {}) as { values?: Array<{ name?: unknown }> };
	const outputs: Output[] = values.map(({ name }, index) => ({
		type: 'main',
		// What an expression gives is known only item by item.
		displayName:
			typeof name === 'string' && name.trim() && !name.startsWith('=')
				? name.trim()
				: `Category ${index + 1}`,
	}));
	if (parameters.noCategory === 'none') outputs.push({ type: 'main', displayName: 'None' });
	return outputs.length > 0 ? outputs : [{ type: 'main' }];
}

export const outputs = `={{ (${outputsFor.toString()})($parameter) }}` as const;
