import type { CallLog } from './callLog';

/** What every layer knows of a call. */
export interface BaseCall {
	/** Where each layer writes what it alone knows. */
	log: CallLog;
	/** Ends the call at once. */
	abortSignal?: AbortSignal;
	/** Ends waiting and begins nothing new; what is sent may finish. Aborts when `abortSignal` does. */
	stopSignal?: AbortSignal;
	/** The model asked, when there are several to fall back on. */
	model?: string;
}
