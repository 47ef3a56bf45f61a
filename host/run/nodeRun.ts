import type { IExecuteFunctions } from 'n8n-workflow';
import type { Client, Run } from '../../client';
import type { UseTools } from '../connected/connectedTools';
import type { InTurn } from '../connected/conversationTurns';
import type { RetryCheckpoint } from './retryCheckpoint';
import type { RunTotals } from './runTotals';

/** What all items of one run of the node share. */
export interface NodeRun {
	context: IExecuteFunctions;
	client: Client;
	/** Aborts when the user presses Stop. */
	abortSignal: AbortSignal | undefined;
	totals: RunTotals;
	/** Absent unless Retry On Fail is on. */
	checkpoint: RetryCheckpoint | undefined;
	inTurn: InTurn;
	useTools: UseTools;
	/** Whether a caller reads replies while they are being written. */
	isStreamingToCaller: boolean;
	/** Aborts when that caller hangs up. */
	disconnectSignal: AbortSignal;
	/** The requests of the run, which take turns with those of other runs. */
	pacerRun: Run;
	/** Throws once an item has shown that no other could be answered. */
	throwIfRunFailed: () => void;
}
