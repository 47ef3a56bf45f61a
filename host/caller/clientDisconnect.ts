import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';

/** The response to the HTTP request that the present code runs for. Weak, since what a request begins may outlive it. */
const responses = new AsyncLocalStorage<WeakRef<ServerResponse>>();

// n8n tells a node nothing of a caller who hangs up (read in 2.41.1), but it runs the workflow in the async context of
// the caller's request, and Node announces every request. So this has to be loaded before the request comes.
subscribe('http.server.request.start', (message) => {
	responses.enterWith(new WeakRef((message as { response: ServerResponse }).response));
});

/**
 * Watches the caller whose request this code runs for.
 *
 * @param onDisconnect called when the caller hangs up before the response is complete; at once if that was before.
 * @returns how to stop watching; undefined where there is no caller: in a run from the editor, and in a worker of queue
 * mode.
 */
export function watchDisconnect(onDisconnect: () => void): (() => void) | undefined {
	const response = responses.getStore()?.deref();
	if (!response || response.writableEnded) return undefined;
	const onClose = () => {
		if (!response.writableEnded) onDisconnect();
	};
	if (response.destroyed) onClose();
	response.once('close', onClose);
	return () => response.off('close', onClose);
}
