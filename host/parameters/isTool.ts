import type { IExecuteFunctions } from 'n8n-workflow';

/** Whether an AI Agent runs the node as its tool: n8n then gives it a type of its own. */
export function isTool(context: Pick<IExecuteFunctions, 'getNode'>): boolean {
	return context.getNode().type.endsWith('Tool');
}
