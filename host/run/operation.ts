import type { INodeExecutionData } from 'n8n-workflow';
import type { CallLog } from '../../client';
import type { ItemParameters } from '../parameters/itemParameters';
import type { NodeRun } from './nodeRun';

/** What an operation knows of the item it works on. */
export interface ItemContext extends ItemParameters {
	/** What all items of the run share. */
	run: NodeRun;
	/** What is sent, paid and done for the item; errors are reported from it. */
	log: CallLog;
	/** Aborts when another item has ended the run: begin nothing new, and finish what is sent only if its reply is kept. */
	stopSignal: AbortSignal;
}

/** What an input item becomes. */
export interface ItemOutput {
	items: INodeExecutionData[];
	/** The output of the node that each of them leaves through; the first unless given. */
	outputs?: number[];
}

/**
 * Does what an operation is for, for one input item.
 *
 * @throws {InputProblem} naming the parameter to correct, before anything is sent; what the client throws.
 */
export type OperationHandler = (item: ItemContext) => Promise<ItemOutput>;

/** The operations of a node, by resource and operation. */
export type OperationTable = Record<string, Record<string, OperationHandler>>;
