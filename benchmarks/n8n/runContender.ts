import type { Session } from '../../playground/n8nApi';
import { lastExecution, postQuestions, publish } from '../../test/e2e/support/n8n';
import { replyTo, startServer } from './server';
import { workflowOf, type Contender } from './contenders';

/** What a run of a workflow did. */
export interface ContenderRun {
	/** From the node's start to its end, as n8n counts it. */
	seconds: number;
	mostAtOnce: number;
	socketsOpened: number;
	/** Replies in their places, in what the webhook answers. */
	itemsOut: number;
}

/**
 * Runs the workflow once, on a server of its own: connections kept from before would not be counted, nor should what
 * is remembered of a server's limits.
 */
export async function runContender(
	contender: Contender,
	session: Session,
	{ items, faultRate = 0 }: { items: number; faultRate?: number },
): Promise<ContenderRun> {
	const server = await startServer(faultRate);
	try {
		const { id, url } = await publish(session, await workflowOf(contender, session, server.baseUrl));
		const answer = await postQuestions(url, items);
		const body: unknown = await answer.json();
		const { data } = await lastExecution(session, id);
		const { maxInFlight, socketsOpened } = server.stats;
		return {
			seconds: (data.resultData.runData[contender.name]?.[0]?.executionTime ?? NaN) / 1000,
			mostAtOnce: maxInFlight,
			socketsOpened,
			itemsOut: Array.isArray(body) ? body.filter(isInPlace).length : 0,
		};
	} finally {
		await server.close();
	}
}

/** Each contender puts the reply elsewhere in its item, which is why the whole item is searched. */
function isInPlace(item: unknown, index: number): boolean {
	return JSON.stringify(item).includes(`"${replyTo(index)}"`);
}
