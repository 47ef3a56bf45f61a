import type { CallOptions } from '../../client/call';
import { connect, options, request } from './clientCalls';
import type { FaultServer } from './faultServer';

/** Calls of a server whose reply is streamed. */
export function streamCalls(server: Pick<FaultServer, 'baseUrl'>) {
	const stream = async (more: Partial<CallOptions> = {}) =>
		await connect(server).completeChat(request(), options({ stream: {}, ...more }));
	return {
		stream,
		/** The same with a caller who reads along, and what was shown: one text for each choice. */
		async streamShown(more: Partial<CallOptions> = {}) {
			const shown: string[] = [];
			const onText = (text: string, choice: number) => (shown[choice] = (shown[choice] ?? '') + text);
			return { ...(await stream({ stream: { onText }, ...more })), shown };
		},
	};
}
