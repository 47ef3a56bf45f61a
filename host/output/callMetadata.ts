import type { IDataObject } from 'n8n-workflow';
import type { CallInfo, ChatResult } from '../../client';

/** A reply, without a cost where it is another item that has it. */
export type ReportedResult = Omit<ChatResult, 'costUsd'> & Partial<Pick<ChatResult, 'costUsd'>>;

/** What an item says of the call it comes from. Absent means that the server did not report it. */
export function callMetadata(result: ReportedResult): IDataObject {
	const { usage, costUsd, id, model, requestId, latencyMs, timeToFirstTokenMs } = result;
	const { requestCount, cached } = result;
	return {
		...(model && { model }),
		...(usage && { usage }),
		...(costUsd !== undefined && { costUsd }),
		latencyMs,
		...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
		attempts: requestCount,
		...(cached && { cached }),
		...(id && { id }),
		...(requestId && { requestId }),
	};
}

/** How a call went, for an item of its own. */
export function basicCallMetadata({ latencyMs, failedAttempts, requestId, warnings }: CallInfo): IDataObject {
	const attempts = failedAttempts.length + 1;
	return { latencyMs, attempts, ...(requestId && { requestId }), warnings };
}
