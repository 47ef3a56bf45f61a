import type { INodeParameters } from 'n8n-workflow';

interface Input {
	type: 'main' | 'ai_memory' | 'ai_tool';
	displayName?: string;
	maxConnections?: number;
	required?: boolean;
}

/**
 * The inputs of a node with these parameters: only a chat uses a memory and tools, and a connection that does nothing
 * would promise something. n8n evaluates the text of this function by itself, here and in the editor, so that it may
 * use nothing from outside.
 */
export function inputsFor(parameters: INodeParameters): Input[] {
	// The editor leaves out what is at its default.
	const { resource = 'chat' } = parameters;
	if (resource !== 'chat') return [{ type: 'main' }];
	return [
		{ type: 'main' },
		{ type: 'ai_memory', displayName: 'Memory', maxConnections: 1, required: false },
		{ type: 'ai_tool', displayName: 'Tool', required: false },
	];
}

export const inputs = `={{ (${inputsFor.toString()})($parameter) }}` as const;
