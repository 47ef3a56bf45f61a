/** What the tests of the client share: a client for a fault server, a request, and the failure of a call. */
import type { ChatRequest } from '../../client/core/requests';
import { createClient, type CallOptions, type Client } from '../../client/client';
import type { Clock } from '../../client/core/clock';
import type { ConnectionSettings } from '../../client/http/connection';
import { ApiFailure } from '../../client/core/errors';
import { createTransport, type Transport } from '../../client/http/transport';
import type { FaultServer } from './faultServer';

/** Has the prefix and the length of a real one, so that it is redacted like one. */
export const KEY = 'sk-proj-Abc123Def456Ghi789';

let slept = 0;
/** Time passes by itself, and at once when somebody waits. */
const noWait: Clock = {
	now: () => Date.now() + slept,
	date: () => Date.now() + slept,
	random: () => 0.5,
	// eslint-disable-next-line @typescript-eslint/require-await -- must reject, not throw
	async sleep(ms, signal) {
		signal?.throwIfAborted();
		slept += ms;
	},
};

interface Setup extends Partial<ConnectionSettings> {
	transport?: Transport;
	clock?: Clock;
}

/** A client that waits for nothing between two requests, unless it is given another clock. */
export function connect(
	{ baseUrl }: Pick<FaultServer, 'baseUrl'>,
	{ transport = createTransport(), clock = noWait, ...settings }: Setup = {},
): Client {
	return createClient({ apiType: 'openai', apiKey: KEY, baseUrl, ...settings }, transport, clock);
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

export async function failureOf(call: Promise<unknown>): Promise<ApiFailure> {
	const error: unknown = await call.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(ApiFailure);
	return error as ApiFailure;
}
