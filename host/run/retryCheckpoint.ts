import { createHash } from 'node:crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { Turn } from '../output/itemOutput';

/** The replies a node got in one run, for the next try of the same run. */
export interface RetryCheckpoint {
	get(itemIndex: number, request: object): Turn | undefined;
	set(itemIndex: number, request: object, turn: Turn): void;
	/** Call when no further try will come. */
	clear(): void;
}

/** Should n8n never say that an execution ended, the oldest run makes room. */
const MOST_RUNS = 50;

const runs = new Map<string, Map<string, Turn>>();

/**
 * When a node throws, n8n throws away its output, and its Retry On Fail then runs all items again. What was answered
 * is paid for, so it is remembered until the run succeeds or the execution ends.
 *
 * @returns undefined when the node's Retry On Fail is off: then no further try comes.
 */
export function retryCheckpoint(context: IExecuteFunctions): RetryCheckpoint | undefined {
	const node = context.getNode();
	if (!node.retryOnFail) return undefined;
	const { $runIndex } = context.getWorkflowDataProxy(0);
	const run = [context.getExecutionId(), node.id, $runIndex].join('/');
	const clear = () => void runs.delete(run);

	const turns = runs.get(run) ?? new Map<string, Turn>();
	if (!runs.has(run)) {
		runs.set(run, turns);
		const [oldest] = runs.keys();
		if (runs.size > MOST_RUNS) runs.delete(oldest!);
		// Missing in older hosts.
		context.onExecutionFinish?.(clear);
	}
	return {
		get: (itemIndex, request) => turns.get(identity(itemIndex, request)),
		set: (itemIndex, request, turn) => void turns.set(identity(itemIndex, request), turn),
		clear,
	};
}

/** An expression may give another request on another try, which is then another question. */
function identity(itemIndex: number, request: object): string {
	return `${itemIndex}/${createHash('sha256').update(JSON.stringify(request)).digest('base64')}`;
}
