import type { INodeParameters } from 'n8n-workflow';

interface Input {
	type: 'main' | 'ai_memory' | 'ai_tool';
	displayName?: string;
	maxConnections?: number;
	required?: boolean;
}

/**
 * The inputs of a node with these parameters: only a chat has a memory and tools. As with `outputsFor`, n8n evaluates
 * the text of this function by itself.
 */
export function inputsFor({ resource = 'chat' }: INodeParameters): Input[] {
	const inputs: Input[] = [{ type: 'main' }];
	if (resource === 'chat') {
		inputs.push({ type: 'ai_memory', displayName: 'Memory', maxConnections: 1, required: false });
		inputs.push({ type: 'ai_tool', displayName: 'Tool', required: false });
	}
	return inputs;
}

export const inputs = `={{ (${inputsFor.toString()})($parameter) }}` as const;
