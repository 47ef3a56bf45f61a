import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { HangUp, Headers, RecordedRequest } from './behaviours';
import { requestIdOf } from './completion';

/** One request on its connection. */
export interface Exchange {
	request: RecordedRequest;
	response: ServerResponse;
	/** Aborted when the exchange has ended, whoever ended it. */
	over: AbortSignal;
	/** An earlier request on the same socket was answered. */
	socketHasAnswered: boolean;
	hangUp(by: HangUp): void;
}

export const openAiHeaders = (request: RecordedRequest, { headers }: { headers?: Headers }): Headers => ({
	'content-type': 'application/json',
	'x-request-id': requestIdOf(request),
	...headers,
});

export async function write({ response }: Exchange, bytes: Uint8Array): Promise<void> {
	if (bytes.length === 0) return;
	await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
}

export const pause = ({ over }: Exchange, ms: number) => sleep(ms, undefined, { signal: over });

/**
 * A reset discards what the caller has not read yet, and what was sent is meant to be read. The timer is for a caller
 * elsewhere; one in this process may have been blocked with us and gets its turn to read now.
 */
export async function hangUpOnceRead(exchange: Exchange, by: HangUp): Promise<void> {
	await pause(exchange, 10);
	await nextTurn();
	exchange.hangUp(by);
}
