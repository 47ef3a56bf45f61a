import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Of the HTTP request that the present code runs for. Weak, since what a request begins may outlive it. */
const responses = new AsyncLocalStorage<WeakRef<ServerResponse>>();

// n8n tells a node nothing of a caller who hangs up (read in 2.41.1), but it runs the workflow in the async context of
// the caller's request, and Node announces every request. So this has to be loaded before the request comes.
subscribe('http.server.request.start', (message) => {
	responses.enterWith(new WeakRef((message as { response: ServerResponse }).response));
});

/**
 * Watches the caller whose request this code runs for.
 *
 * @returns a signal that aborts when the caller hangs up, and how to stop watching; undefined where there is no caller:
 * in a run from the editor, and in a worker of queue mode.
 */
export function watchDisconnect(): { disconnected: AbortSignal; release: () => void } | undefined {
	const response = responses.getStore()?.deref();
	if (!response || response.writableEnded) return undefined;
	const controller = new AbortController();
	// Every item listens, and Node takes more than ten listeners for a leak.
	setMaxListeners(0, controller.signal);
	const onClose = () => {
		if (!response.writableEnded) controller.abort();
	};
	if (response.destroyed) onClose();
	response.once('close', onClose);
	return { disconnected: controller.signal, release: () => response.off('close', onClose) };
}
