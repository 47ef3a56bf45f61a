/** What the tests of the client share: a client for a fault server, a request, and the failure of a call. */
import type { CallOptions } from '../../client/call';
import { createClient, type Client } from '../../client/client';
import { CallLog, type Attempt } from '../../client/core/callLog';
import type { Clock } from '../../client/core/clock';
import { ApiFailure, type FailureDetails, type FailureKind } from '../../client/core/errors';
import type { Usage } from '../../client/core/reply';
import type { ChatRequest } from '../../client/core/requests';
import type { MadeCall } from '../../client/core/toolCall';
import type { ConnectionSettings } from '../../client/http/connection';
import { createTransport, type Transport } from '../../client/http/transport';
import type { FaultServer } from './faultServer';
import { recordingClock } from './recordingClock';

/** Has the prefix and the length of a real one, so that it is redacted like one. */
export const KEY = 'sk-proj-Abc123Def456Ghi789';

const noWait = recordingClock();

interface Setup extends Partial<ConnectionSettings> {
	transport?: Transport;
	clock?: Clock;
}

/** What the calls had sent and paid that these errors ended. */
const logs = new WeakMap<object, CallLog>();

/** A client that waits for nothing between two requests, unless it is given another clock. */
export function connect(
	{ baseUrl }: Pick<FaultServer, 'baseUrl'>,
	{ transport = createTransport(), clock = noWait, ...settings }: Setup = {},
): Client {
	const client = createClient({ apiType: 'openai', apiKey: KEY, baseUrl, ...settings }, transport, clock);
	const logged =
		<Q, A>(ask: (request: Q, options: CallOptions) => Promise<A>) =>
		async (request: Q, options: CallOptions) => {
			const log = options.log ?? new CallLog();
			try {
				return await ask(request, { ...options, log });
			} catch (error) {
				if (typeof error === 'object' && error !== null) logs.set(error, log);
				throw error;
			}
		};
	return {
		...client,
		completeChat: logged(client.completeChat),
		complete: logged(client.complete),
		moderate: logged(client.moderate),
		getModel: logged(client.getModel),
	};
}

export const request = (content = 'Hi'): ChatRequest => ({
	model: 'gpt-4o',
	messages: [{ role: 'user', content }],
});

export const options = (more: Partial<CallOptions> = {}): CallOptions => ({
	maxRetries: 2,
	maxWaitMs: 120_000,
	timeoutMs: 20_000,
	...more,
});

/** The log of the call of a client above that this error ended. */
export function logOf(error: unknown): CallLog {
	const log = logs.get(error as object);
	if (!log) throw new Error('No call of a test client ended with this error');
	return log;
}

/** A failure, and what the call had sent, paid and done by then, as an error item tells it. */
export interface FailedCall {
	kind: FailureKind;
	message: string;
	details: FailureDetails & { usage?: Usage; costUsd?: number | null; toolCalls?: readonly MadeCall[] };
	attempts: readonly Attempt[];
}

/** The failure of a call of a client above, or of anything else that rejects with an ApiFailure, which then has no log. */
export async function failureOf(call: Promise<unknown>): Promise<FailedCall> {
	const error: unknown = await call.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(ApiFailure);
	const { kind, message, details } = error as ApiFailure;
	const log = logs.get(error as ApiFailure) ?? new CallLog();
	return { kind, message, details: { ...details, ...spentIn(log) }, attempts: log.attempts };
}

/** What the call had paid and called that this error ended. */
export function spentIn(log: CallLog) {
	const { usage, costUsd } = log.totals();
	const { toolCalls } = log;
	return { ...(usage && { usage, costUsd }), ...(toolCalls.length > 0 && { toolCalls }) };
}
