import type { IExecuteFunctions } from 'n8n-workflow';
import type { Client } from '../../client/client';
import type { Run } from '../../client/pacing/pacer';
import type { UseTools } from '../connected/connectedTools';
import type { InTurn } from '../connected/conversationTurns';
import type { PaidReplies } from './retryCheckpoint';
import type { RunTotals } from './runTotals';

/** What all items of one run of the node share. */
export interface NodeRun {
	context: IExecuteFunctions;
	client: Client;
	/** The user pressed Stop. */
	cancel: AbortSignal | undefined;
	totals: RunTotals;
	/** Absent unless Retry On Fail is on. */
	paid: PaidReplies | undefined;
	inTurn: InTurn;
	useTools: UseTools;
	/** Whether a caller reads replies while they are being written. */
	isStreamingToCaller: boolean;
	/** Aborts when that caller hangs up. */
	disconnected: AbortSignal | undefined;
	calls: Run;
	/** Throws once an item has shown that no other could be answered. */
	throwIfRunFailed: () => void;
}
